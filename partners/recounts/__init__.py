"""Recounts: the only way to correct what a wrong rule or a late pairing made of past sales.

A run names its range, its paper and two people; it shows the differences first and posts them on
the day it runs. Not here: how a sale is judged (``credits``).
"""
