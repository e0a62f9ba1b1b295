"""Plainly sample data, made through the product's own services: `python -m samples`.

For development only. Cooperatives, units and pictures say 示例; no person has a name.
"""
