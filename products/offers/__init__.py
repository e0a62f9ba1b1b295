"""Owns on what terms specs are offered beside their price: bulk prices, and limits per buyer."""
