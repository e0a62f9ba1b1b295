"""Tests of spending."""
