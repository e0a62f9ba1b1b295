"""Owns the way from a cart to a trade: the quote, freight, attribution, placing, cancelling, expiry."""
