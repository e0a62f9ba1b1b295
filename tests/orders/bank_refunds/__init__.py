"""Tests of bank refunds."""
