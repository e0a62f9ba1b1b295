"""How words find products: index terms and query expressions. It owns no table."""
