"""Tests of orders/pickups."""
