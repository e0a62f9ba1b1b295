"""Tests of orders/fulfilment."""
