"""Money that goes back by the bank: lists that two officers send, and what the bank answered."""
