"""Tests of changing an attribution."""
