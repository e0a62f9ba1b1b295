"""Signing in from the WeChat mini-program: which WeChat user belongs to which account.

Not here: what a session is, and what a telephone number proves (``marketplace/identity``).
"""
