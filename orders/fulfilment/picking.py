"""Beginning to pack: from then on the buyer asks before calling the order off."""

import uuid
from collections.abc import Collection

from sqlalchemy import select, update

from marketplace import audit, clock
from marketplace.database import db
from marketplace.identity.actor import Actor
from marketplace.permissions import Permission
from orders.trades import queries as trade_queries
from orders.trades import service as trades
from orders.trades.errors import OrderStateForbids
from orders.trades.models import Order
from orders.trades.states import OrderState

_WAITING = frozenset({OrderState.PAID, OrderState.PART_SHIPPED})


def pick_order(actor: Actor, order_id: uuid.UUID) -> Order:
    """Begin to pack an order of the actor's cooperative; repeating it changes nothing.

    Raises OrderStateForbids.
    """
    order = trade_queries.lock_order(order_id, trade_queries.sold_by(actor, Permission.ORDER_SHIP))
    if order.state not in _WAITING:
        raise OrderStateForbids
    if order.picked_at is None:
        order.picked_at = clock.now()
        db.session.flush()
        audit.record("order.picked", "order", order.id, actor=actor)
    return order


def pick_orders(actor: Actor, order_ids: Collection[uuid.UUID]) -> int:
    """Mark waiting orders of the actor's cooperatives as being packed; return how many now are.

    One that was called off a moment ago, or is marked already, is left out.
    """
    now = clock.now()
    waiting = (
        Order.state.in_(sorted(_WAITING)),
        Order.picked_at.is_(None),
        trade_queries.sold_by(actor, Permission.ORDER_SHIP),
    )
    locked = db.session.scalars(
        select(Order.id)
        .where(Order.id.in_(order_ids), *waiting)
        .order_by(Order.id)
        .with_for_update()
    ).all()
    picked = db.session.scalars(
        update(Order)
        .where(Order.id.in_(locked), *waiting)
        .values(picked_at=now)
        .returning(Order.id)
        .execution_options(synchronize_session=False)
    ).all()
    trades.forget(Order)
    audit.record_all(
        [audit.entry("order.picked", "order", order_id, actor=actor) for order_id in sorted(picked)]
    )
    return len(picked)


def is_pickable(order: Order) -> bool:
    """Tell whether beginning to pack the order changes something.

    Once a part was sent, packing has begun; pick lists mark the rest for the packers alone.
    """
    return order.state is OrderState.PAID and order.picked_at is None
