"""What buying units spend: by month, seller, place and kind of goods; what is due; what has invoices.

Owns no table: every figure is a sum of orders and of what went back. Not here: whether a purchase
counts for a task (``partners.reports``), though the reserved share is shown beside the spending.
"""
