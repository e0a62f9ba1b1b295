"""Owns the cart: what an account means to buy, across cooperatives. Prices and stock are not its own."""
