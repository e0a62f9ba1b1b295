"""The fee schedule: what the platform keeps of a sale, by category and day. Zero unless set.

A line carries the rate of the day it was ordered on, so later changes leave it alone.
"""
