"""Daily reconciliation: providers, bank and debts against our own books; every difference is closed by a person."""
