"""Loading what ships with the product: regions, known pairings and their offices; owns no table."""
