"""Tests of settlement by the clock."""
