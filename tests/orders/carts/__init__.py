"""Tests of orders/carts."""
