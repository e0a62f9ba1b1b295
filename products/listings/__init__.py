"""The shop window: listed products by region, category, words and order, and one in full."""
