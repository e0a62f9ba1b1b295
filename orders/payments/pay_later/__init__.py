"""Goods first, paid later: how a unit's trade is released without money, and refunded."""
