"""Tests mirror the tree; guards hold whole-program rules, journeys tell stories end to end."""
