"""Owns parcels, acceptance and completion of orders. Refunds and money are not its own."""
