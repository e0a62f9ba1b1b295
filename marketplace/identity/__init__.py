"""Owns accounts, sign-in, sessions and memberships; which rows a member may touch is not its own."""
