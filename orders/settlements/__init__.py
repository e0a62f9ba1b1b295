"""What cooperatives are owed: payable lines, the runs that close windows, the statements.

Not here: sending the money (payouts) and the bank account it goes to (payout_accounts).
"""
