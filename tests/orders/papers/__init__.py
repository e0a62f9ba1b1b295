"""Tests of an order's papers."""
