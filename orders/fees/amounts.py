"""What a rate takes of an amount: half up, and cumulative where parts of it go back."""

from marketplace.money import prorate

WHOLE_BP = 10_000


def fee_of(kept_fen: int, rate_bp: int) -> int:
    """Return the fee on what a cooperative keeps of a line's goods, in fen."""
    return prorate(kept_fen, rate_bp, WHOLE_BP)
