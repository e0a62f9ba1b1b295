"""The money ledger: entries and postings in double entry; who owes whom follows from their sums."""
