"""Tests of invoice titles."""
