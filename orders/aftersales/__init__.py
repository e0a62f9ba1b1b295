"""Owns refunds of lines: application, answer, the sums that bound them. Not how money is sent back."""
