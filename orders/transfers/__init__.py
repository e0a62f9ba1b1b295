"""Payouts by transfer inside a payment provider: who is paid that way, sending, and what comes back."""
