"""Owns coupons: who issues and pays for them, who holds them, and what they took off which order."""
