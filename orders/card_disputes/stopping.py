"""Goods of a lost dispute that were not shipped yet stay with the cooperative."""

import uuid
from collections.abc import Sequence

from sqlalchemy import update

from marketplace import clock
from marketplace.database import db
from marketplace.identity.actor import SYSTEM
from orders.card_disputes.models import CardDisputeLine
from orders.fulfilment import service as fulfilment
from orders.trades import queries as trade_queries
from orders.trades import service as trades
from orders.trades.models import Order, OrderLine
from orders.trades.states import VOID_ORDER, OrderState
from products.stock import service as stock


def stop_shipping(order_id: uuid.UUID, disputed: Sequence[CardDisputeLine]) -> None:
    """Release what of an order the bank has given back whole; the caller holds the order.

    An order of which nothing was shipped and nothing is left is void. One that only its freight
    keeps alive is left to the cooperative.
    """
    order = trade_queries.lock_order(order_id)
    if order.state not in (OrderState.PAID, OrderState.PART_SHIPPED):
        return
    lines = trade_queries.list_lines([order.id])
    paid_back = {line.id: line for line in lines if line.refunded_fen == line.net_fen}
    stopped = [
        (one, paid_back[one.order_line_id], pieces)
        for one in disputed
        if one.order_id == order.id and one.order_line_id in paid_back
        if (pieces := fulfilment.to_ship(paid_back[one.order_line_id]))
    ]
    left = sum(fulfilment.to_ship(line) for line in lines) - sum(each[2] for each in stopped)
    is_void = order.state is OrderState.PAID and left == 0
    if not stopped or (is_void and order.freight_refunded_fen < order.freight_fen):
        return
    for one, line, pieces in stopped:
        _release(order, one, line, pieces)
    if is_void:
        trades.move_order(order, VOID_ORDER, actor=SYSTEM, closed_at=clock.now())
    elif left == 0:
        fulfilment.call_rest_off(SYSTEM, order)


def _release(order: Order, one: CardDisputeLine, line: OrderLine, pieces: int) -> None:
    one.released_quantity = pieces
    db.session.execute(
        update(OrderLine)
        .where(OrderLine.cooperative_id == order.cooperative_id, OrderLine.id == line.id)
        .values(released_quantity=OrderLine.released_quantity + pieces)
        .execution_options(synchronize_session=False)
    )
    trades.forget(OrderLine)
    stock.release(order.id, [stock.StockItem(order.cooperative_id, line.sku_id, pieces)])
