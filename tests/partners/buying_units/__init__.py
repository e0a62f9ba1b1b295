"""Tests of buying units."""
