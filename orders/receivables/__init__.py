"""What buying units owe for goods that came first: terms granted by two officers, debts, ageing, repayment."""
