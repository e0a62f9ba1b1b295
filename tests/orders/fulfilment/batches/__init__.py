"""Tests of orders/fulfilment/batches."""
