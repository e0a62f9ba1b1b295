"""Paying released statements: a file for the bank, and the bank's answer read back."""
