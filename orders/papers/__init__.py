"""Papers of an order for a buying unit's own accounts: the contract and the acceptance note.

A paper's content is frozen when it is first asked for; its number, hash and code let anybody check a
copy. Invoices are not papers of this kind: the seller issues them elsewhere (``orders.invoices``).
"""
