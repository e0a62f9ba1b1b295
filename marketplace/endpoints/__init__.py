"""Storefronts that are told what happened: their addresses, what is delivered to them, every try."""
