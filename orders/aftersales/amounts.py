"""How much of a line goes back: cumulative shares, the last of which takes the remainder."""

from dataclasses import dataclass

from marketplace.money import prorate
from orders.aftersales.errors import RefundEmpty, RefundExceedsLine, RefundExceedsQuantity


@dataclass(frozen=True, slots=True, kw_only=True)
class LineSums:
    """A line's amount and quantity, and what earlier refunds, open or agreed, claim of both."""

    net_fen: int
    quantity: int
    claimed_fen: int
    claimed_quantity: int

    @property
    def left_fen(self) -> int:
        return self.net_fen - self.claimed_fen

    @property
    def left_quantity(self) -> int:
        return self.quantity - self.claimed_quantity


def refund_amount(line: LineSums, quantity: int, amount_fen: int | None) -> int:
    """Return the fen that a refund of ``quantity`` pieces takes, or check a named amount.

    Without an amount the pieces take their cumulative half-up share, so three refunds of one
    piece from 100 fen give 33, 34 and 33; the pieces that are the last take all that is left.
    An amount without pieces is a compensation. Raises RefundEmpty, RefundExceedsQuantity,
    RefundExceedsLine.
    """
    if quantity > line.left_quantity:
        raise RefundExceedsQuantity(left=line.left_quantity)
    if amount_fen is not None:
        if amount_fen > line.left_fen:
            raise RefundExceedsLine(left=line.left_fen)
        if amount_fen == 0:
            raise RefundEmpty
        return amount_fen
    if quantity == 0:
        raise RefundEmpty
    if quantity == line.left_quantity:
        return line.left_fen
    before = prorate(line.net_fen, line.claimed_quantity, line.quantity)
    after = prorate(line.net_fen, line.claimed_quantity + quantity, line.quantity)
    return min(after - before, line.left_fen)
