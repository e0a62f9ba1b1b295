"""Owns orders that are collected at a pick-up point: arrival, collection by code, what time does.

And each cooperative's word on a point: free of freight there, or nothing sent there.
"""
