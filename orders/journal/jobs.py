"""Jobs of the journal: none of its own; importing the ledger makes it known to the folding of days."""

from orders.journal.sums import JOURNAL

__all__ = ["JOURNAL"]
