"""Jobs of credits: none of their own; importing the ledger makes it known to the folding of days."""

from partners.credits.sums import CREDITS

__all__ = ["CREDITS"]
