"""Owns the entry of many waybills at once: a table pasted or uploaded, looked at, then done row by row."""
