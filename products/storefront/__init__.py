"""The shop window: home by paired region, the list, and a product's page. Owns no table and no rule."""
