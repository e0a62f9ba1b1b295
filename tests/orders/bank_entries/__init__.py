"""Tests of the bank's entries."""
