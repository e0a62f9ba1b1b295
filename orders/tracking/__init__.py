"""Owns where parcels are, as a tracking service tells it. Off unless a service is configured."""
