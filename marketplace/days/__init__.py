"""Days: the database books each movement of a ledger on a Shanghai day, and folds days that are over.

A folded day has its sums made and its rows digested; the digests form a chain per ledger, whose
newest link is also kept outside the database. Not here: what the ledgers hold.
"""

from marketplace.days.queries import book_day as book_day
