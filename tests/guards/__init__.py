"""Whole-program rules: what must hold everywhere."""
