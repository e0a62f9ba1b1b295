"""Tests of orders/checkout."""
