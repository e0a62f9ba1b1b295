"""Owns pick-up points: places where several buyers' parcels are kept until they are collected.

What happens to a parcel there is of ``orders/pickups``.
"""
