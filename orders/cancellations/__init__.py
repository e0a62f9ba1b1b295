"""Owns the calling off of paid orders by either side. The refunds that follow are after-sales cases."""
