"""Money: integers in fen, and the only two ways to divide them."""

from collections.abc import Sequence

# 100 billion yuan: far above any amount here, far below where sums of a bigint could overflow.
MAX_FEN = 10_000_000_000_000


def split(total_fen: int, weights: Sequence[int]) -> list[int]:
    """Split an amount over weights by largest remainder, so that the parts sum to the total.

    Ties of the remainder go to the earlier part. A negative total is split as its mirror image.
    All weights zero: equal shares. Raises ValueError for no weights or a negative one.
    """
    if not weights:
        raise ValueError("nothing to split over")
    if min(weights) < 0:
        raise ValueError("a weight is negative")
    if total_fen < 0:
        return [-part for part in split(-total_fen, weights)]
    if sum(weights) == 0:
        weights = [1] * len(weights)
    whole = sum(weights)
    parts = [total_fen * weight // whole for weight in weights]
    remainders = [total_fen * weight % whole for weight in weights]
    by_remainder = sorted(range(len(weights)), key=lambda i: (-remainders[i], i))
    for i in by_remainder[: total_fen - sum(parts)]:
        parts[i] += 1
    return parts


def prorate(total_fen: int, part: int, whole: int) -> int:
    """Return ``total_fen * part / whole`` rounded half up (half away from zero below zero)."""
    if whole <= 0:
        raise ValueError("the whole must be positive")
    product = total_fen * part
    rounded = (2 * abs(product) + whole) // (2 * whole)
    return rounded if product >= 0 else -rounded


def yuan(amount_fen: int) -> str:
    """Write an amount as people read it: ``1,234.50``."""
    sign = "-" if amount_fen < 0 else ""
    whole, fen = divmod(abs(amount_fen), 100)
    return f"{sign}{whole:,}.{fen:02d}"
