"""The books as accountants read them: balances at any moment, trial balance, ledgers, vouchers, exports.

Reads the journal and writes nothing to it. Not here: what is booked (``orders.journal``).
"""
