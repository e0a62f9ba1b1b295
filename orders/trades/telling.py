"""What is told of trades and orders: ids, states and amounts, made ready to be written beside them."""

import uuid
from collections.abc import Iterable
from typing import Any

from marketplace.outbox.kinds import EventKind
from marketplace.outbox.service import announcement
from orders.trades.models import Order
from orders.trades.states import PAY_ORDER, PAY_TRADE, Move


def paid_announcements(
    trade_id: uuid.UUID, orders: Iterable[Any], *, goods_first: bool
) -> list[dict[str, Any]]:
    """Return what is told when a trade's orders may be shipped: of the trade, and of each order."""
    orders = list(orders)
    concerned = {
        "account_id": orders[0].account_id,
        "buying_unit_id": orders[0].buying_unit_id,
    }
    total_fen = sum(order.order_total_fen for order in orders)
    paid = announcement(
        EventKind.TRADE_PAID,
        subject_id=trade_id,
        facts={"state": PAY_TRADE.target, "total_fen": total_fen, "goods_first": goods_first},
        **concerned,
    )
    return [
        paid,
        *(
            announcement(
                EventKind.ORDER_PAID,
                subject_id=order.order_id,
                cooperative_id=order.cooperative_id,
                facts={
                    "state": PAY_ORDER.target,
                    "trade_id": trade_id,
                    "total_fen": order.order_total_fen,
                    "goods_first": goods_first,
                },
                **concerned,
            )
            for order in orders
        ),
    ]


def closed_announcement(
    trade_id: uuid.UUID, move: Move, trade: Any, buying_unit_id: uuid.UUID | None
) -> dict[str, Any]:
    """Return what is told of a trade that ended unpaid; its sellers had not heard of it."""
    return announcement(
        EventKind(f"trade.{move.target}"),
        subject_id=trade_id,
        account_id=trade.account_id,
        buying_unit_id=buying_unit_id,
        facts={"state": move.target, "total_fen": trade.total_fen},
    )


def moved_announcement(order: Order, move: Move) -> dict[str, Any]:
    """Return what is told of an order's move."""
    return announcement(
        EventKind(f"order.{move.target}"),
        subject_id=order.id,
        account_id=order.account_id,
        cooperative_id=order.cooperative_id,
        buying_unit_id=order.buying_unit_id,
        facts={
            "state": move.target,
            "trade_id": order.trade_id,
            "total_fen": order.total_fen,
        },
    )
