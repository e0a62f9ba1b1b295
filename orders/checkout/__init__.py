"""Owns the way from a cart to a trade: the quote, attribution, placing, cancelling, expiry."""
