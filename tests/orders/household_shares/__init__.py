"""Tests of household shares."""
