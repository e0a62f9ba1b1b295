"""Refunds that a provider refused: a person has them tried again, or pays them from the bank.

What a refund is, and what becomes of it by itself, stands in payments.
"""
