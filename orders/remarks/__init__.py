"""Owns what is said about an order on its way: remarks, internal notes, reminders to ship."""
