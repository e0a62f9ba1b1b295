"""Paying by card on a page of ours, in which the provider's own form stands."""
