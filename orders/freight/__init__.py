"""Owns cooperatives' freight templates: what sending costs, by which measure, and to where."""
