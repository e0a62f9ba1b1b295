"""The pages on which roles are given and taken; what a role is, and the rules, stand in identity."""
