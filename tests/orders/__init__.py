"""Carts, trades, payment, delivery and after-sales."""
