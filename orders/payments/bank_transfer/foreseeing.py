"""What confirming a receipt would do, told beforehand: how much of it would go back, and why."""

from __future__ import annotations

from dataclasses import dataclass

from marketplace.language import Text
from orders.payments.bank_transfer import queries
from orders.receivables import queries as receivables
from orders.trades.models import Trade
from orders.trades.states import TradeState

_MORE = Text("超出应付的部分", "more than is due")
_OVER: dict[TradeState, Text] = {
    TradeState.PAID: Text("这笔交易已经付清", "the trade is paid already"),
    TradeState.CANCELLED: Text("订单已取消", "the order is cancelled"),
    TradeState.EXPIRED: Text("订单已超时关闭", "the order has expired"),
}


@dataclass(frozen=True, slots=True)
class Surplus:
    """The part of a receipt that its trade could not keep."""

    amount_fen: int
    why: Text


def foresee_surplus(trade: Trade, amount_fen: int) -> Surplus | None:
    """Tell how much of a receipt would be sent back if it were given to the trade now.

    It follows ``receive``, without its locks: what is decided is decided there.
    """
    if trade.state is TradeState.OPEN:
        attempt = queries.find_collecting_attempt(trade)
        received = queries.received_fen(attempt) if attempt is not None else 0
        return _surplus(amount_fen, trade.total_fen - received, _MORE)
    unit_id = receivables.find_unit_of(trade.id)
    if unit_id is not None and receivables.is_goods_first(trade.id):
        # What the trade does not owe settles what the unit owes for others.
        return _surplus(amount_fen, receivables.owed_by(unit_id), _MORE)
    return _surplus(amount_fen, 0, _OVER[trade.state])


def _surplus(amount_fen: int, wanted_fen: int, why: Text) -> Surplus | None:
    return Surplus(amount_fen - wanted_fen, why) if amount_fen > wanted_fen else None
