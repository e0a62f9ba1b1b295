"""How much of a line goes back: what its pieces are worth, to the fen, whatever was refunded before."""

from __future__ import annotations

from dataclasses import dataclass

from marketplace.money import prorate
from orders.aftersales.errors import (
    RefundEmpty,
    RefundExceedsLine,
    RefundExceedsPieces,
    RefundExceedsQuantity,
)
from orders.trades.models import OrderLine


@dataclass(frozen=True, slots=True, kw_only=True)
class LineSums:
    """A line's amount and quantity, and what earlier refunds, open or agreed, claim of both."""

    net_fen: int
    quantity: int
    claimed_fen: int
    claimed_quantity: int
    shipped_quantity: int

    @classmethod
    def of(cls, line: OrderLine) -> LineSums:
        """Return the sums of an order line."""
        return cls(
            net_fen=line.net_fen,
            quantity=line.quantity,
            claimed_fen=line.claimed_fen,
            claimed_quantity=line.claimed_quantity,
            shipped_quantity=line.shipped_quantity,
        )

    @property
    def left_fen(self) -> int:
        return self.net_fen - self.claimed_fen

    @property
    def left_quantity(self) -> int:
        return self.quantity - self.claimed_quantity

    @property
    def piece_fen(self) -> int:
        """What one piece may bring at most: its share of the line, rounded up to a fen."""
        return -(-self.net_fen // self.quantity)

    @property
    def claimable_fen(self) -> int:
        """What may still be asked for: the money of the pieces that are in no case yet."""
        return self.share_of(self.left_quantity)

    @property
    def is_claimable(self) -> bool:
        """Tell whether anything is left to ask for; free goods may still be sent back or exchanged."""
        return self.claimable_fen > 0 or (self.net_fen == 0 and self.left_quantity > 0)

    def share_of(self, quantity: int) -> int:
        """Return the money of some of the pieces that are left.

        Pieces refunded one after another bring their cumulative half-up shares. Where something
        else was claimed before, the pieces that are left share evenly what is left, so that
        compensation lowers what each of them still brings; but what an earlier case was content
        without does not pass to them: a piece never brings more than its own price. Either way the
        last takes the remainder, to the fen. Of a line of which nothing was shipped the last
        pieces take all that is left, since nobody keeps money for goods that never went out.
        """
        if quantity == 0:
            return 0
        if self.shipped_quantity == 0 and quantity == self.left_quantity:
            return self.left_fen
        if self.claimed_fen == self._cumulative(self.claimed_quantity):
            return self._cumulative(self.claimed_quantity + quantity) - self.claimed_fen
        shared = prorate(self.left_fen, quantity, self.left_quantity)
        return min(shared, quantity * self.piece_fen)

    def _cumulative(self, quantity: int) -> int:
        return prorate(self.net_fen, quantity, self.quantity)


def refund_amount(
    line: LineSums, quantity: int, amount_fen: int | None, *, is_given: bool = False
) -> int:
    """Return the fen that a refund of ``quantity`` pieces takes, or check a named amount.

    Without an amount the pieces take their share: three refunds of one piece from 100 fen give 33,
    34 and 33. A named amount is at most that share. An amount without pieces is a compensation for
    the pieces that are left; one that the cooperative gives of its own accord (``is_given``) may
    take all that is left of the line. Raises RefundEmpty, RefundExceedsQuantity,
    RefundExceedsPieces, RefundExceedsLine.
    """
    if quantity > line.left_quantity:
        raise RefundExceedsQuantity(left=line.left_quantity)
    if amount_fen is None:
        if quantity == 0:
            raise RefundEmpty
        return line.share_of(quantity)
    if amount_fen == 0:
        raise RefundEmpty
    if quantity > 0:
        share = line.share_of(quantity)
        if amount_fen > share:
            raise RefundExceedsPieces(pieces=quantity, left=share)
        return amount_fen
    left = line.left_fen if is_given else line.claimable_fen
    if amount_fen > left:
        raise RefundExceedsLine(left=left)
    return amount_fen
