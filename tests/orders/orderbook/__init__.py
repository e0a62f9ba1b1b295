"""Tests of orders/orderbook."""
