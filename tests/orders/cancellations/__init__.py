"""Tests of orders/cancellations."""
