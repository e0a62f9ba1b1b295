"""Tests of orders/aftersales."""
