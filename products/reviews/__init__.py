"""The reviewers' pages: products handed in, to be put on sale or sent back. Owns no table."""
