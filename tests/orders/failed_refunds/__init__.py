"""Tests of refused refunds."""
