"""Owns trades, orders and their lines: what was agreed, its states, its numbers. Not how money moves."""
