"""Measurements anyone can run again: speed against yardsticks, and faults during sales."""
