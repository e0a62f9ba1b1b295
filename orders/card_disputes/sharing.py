"""Which order lines a disputed sum falls on: what the buyer paid for each and has not got back."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from marketplace.money import split
from orders.trades.models import Order


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """What of an order line, and of its order's freight, is disputed."""

    order: Order
    order_line_id: uuid.UUID
    goods_fen: int
    freight_fen: int


def share_out(orders: Sequence[Order], amount_fen: int) -> list[Share]:
    """Spread a disputed sum over what is left of orders, by largest remainder.

    An order's freight falls on its first line. More than is left is nobody's share: the platform
    bears what was, or is being, refunded besides.
    """
    left: list[tuple[Order, uuid.UUID, bool, int]] = []
    for order in orders:
        for position, line in enumerate(order.lines):
            # What refunds give back is theirs; what is only asked for still lies with the line.
            left.append((order, line.id, False, line.net_fen - line.refunded_fen))
            if position == 0:
                freight = order.freight_fen - order.freight_refunded_fen
                left.append((order, line.id, True, freight))
    weights = [fen for *_, fen in left]
    if sum(weights) == 0:
        return []
    parts = split(min(amount_fen, sum(weights)), weights)
    goods: dict[uuid.UUID, int] = {}
    freight_of: dict[uuid.UUID, int] = {}
    owners: dict[uuid.UUID, Order] = {}
    for (order, line_id, is_freight, _), fen in zip(left, parts, strict=True):
        owners[line_id] = order
        (freight_of if is_freight else goods)[line_id] = fen
    shares = [
        Share(order=order, order_line_id=line_id, goods_fen=goods[line_id],
              freight_fen=freight_of.get(line_id, 0))
        for line_id, order in owners.items()
    ]  # fmt: skip
    return [one for one in shares if one.goods_fen + one.freight_fen > 0]
