"""Payments that a card's holder disputes at the bank (拒付): the money held, lost or won back."""
