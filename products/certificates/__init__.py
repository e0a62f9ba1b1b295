"""Certification of products as assistance products: application, three steps of review, validity."""
