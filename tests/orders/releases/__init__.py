"""Tests of releasing several statements."""
