"""Credits: what every sale counts for under every scheme's dated rule, as an append-only ledger.

Not here: the targets (``quotas``), the figures made of credits (``reports``), money (``journal``).
"""
