"""Divisions of China by their six-digit codes, dated names and former codes; not who is paired with whom."""
