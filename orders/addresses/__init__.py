"""Owns the address book: where an account, or the clerks of a buying unit, have goods sent. Not what orders keep."""
