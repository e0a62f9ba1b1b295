"""What is on hand and promised: guarded counters, the moves behind them, reservations of orders."""
