"""How it is bought: carts, checkout, payment, delivery, after-sales and the money journal."""
