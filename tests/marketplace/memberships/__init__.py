"""Tests of the pages of roles."""
