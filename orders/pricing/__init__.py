"""Owns what goods cost a buyer before anything is placed: unit prices, discounts, freight, limits."""
