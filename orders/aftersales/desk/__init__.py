"""Owns the cooperative's after-sales pages: cases to answer, goods to take in, replacements to send."""
