"""Tests of orders/fulfilment/packing."""
