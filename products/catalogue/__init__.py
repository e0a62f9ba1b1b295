"""What cooperatives offer: categories, products through their listing states, SKUs and price history."""
