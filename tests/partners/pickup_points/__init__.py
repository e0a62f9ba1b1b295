"""Tests of partners/pickup_points."""
