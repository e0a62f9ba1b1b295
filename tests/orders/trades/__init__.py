"""Tests of orders/trades."""
