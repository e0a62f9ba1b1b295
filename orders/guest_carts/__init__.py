"""Owns the carts of visitors who have not signed in, until they do: then what lies in them is theirs."""
