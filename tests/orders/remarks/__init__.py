"""Tests of orders/remarks."""
