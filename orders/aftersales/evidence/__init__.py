"""Owns the photos that either side adds to a case. Only the two sides and the platform see them."""
