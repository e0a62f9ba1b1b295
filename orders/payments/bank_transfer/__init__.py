"""Paying by bank transfer: the code to write on it, its deadline, its proofs, what it pays; not the bank's entries."""
