"""Reports: an office's figures of a year, and the lines behind each of them.

Owns no table: every figure is a sum of credits, every rate is computed from sums.
"""
