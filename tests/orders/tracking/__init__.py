"""Tests of orders/tracking."""
