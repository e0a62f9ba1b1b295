"""Write remarks and notes, and remind a cooperative to ship; each step is a guarded update."""

import uuid

from sqlalchemy import or_, update

from marketplace import audit, clock
from marketplace.database import db
from marketplace.identity.actor import Actor
from marketplace.permissions import Permission
from orders.remarks.errors import NothingToShip, RemindedRecently
from orders.trades import queries as trade_queries
from orders.trades.deadlines import reminder_pause
from orders.trades.errors import OrderStateForbids
from orders.trades.models import Order
from orders.trades.states import OrderState

WAITING = frozenset({OrderState.PAID, OrderState.PART_SHIPPED})
REMARKABLE = WAITING | {OrderState.UNPAID}


def change_remark(actor: Actor, order_id: uuid.UUID, *, remark: str | None) -> Order:
    """Say something to the cooperative as the buyer, until everything is shipped; None clears it."""
    order = trade_queries.lock_order(
        order_id, trade_queries.bought_by(actor, Permission.TRADE_PLACE)
    )
    if order.state not in REMARKABLE:
        raise OrderStateForbids
    order.remark = remark
    db.session.flush()
    audit.record("order.remarked", "order", order.id, actor=actor)
    return order


def change_seller_note(actor: Actor, order_id: uuid.UUID, *, note: str | None) -> Order:
    """Keep a note about an order that only its cooperative reads; None clears it."""
    order = trade_queries.lock_order(order_id, trade_queries.sold_by(actor, Permission.ORDER_SHIP))
    order.seller_note = note
    db.session.flush()
    audit.record("order.noted", "order", order.id, actor=actor)
    return order


def may_remind(order: Order) -> bool:
    """Tell whether the buyer may remind the cooperative now."""
    if order.state not in WAITING or order.paid_at is None:
        return False
    return clock.now() >= max(order.paid_at, order.reminded_at or order.paid_at) + reminder_pause()


def remind_to_ship(actor: Actor, order_id: uuid.UUID) -> Order:
    """Remind the cooperative as the buyer; not sooner than a pause after paying or the last time.

    Raises OrderNotFound, NothingToShip, RemindedRecently.
    """
    order = trade_queries.lock_order(
        order_id, trade_queries.bought_by(actor, Permission.TRADE_PLACE)
    )
    if order.state not in WAITING or order.paid_at is None:
        raise NothingToShip
    now = clock.now()
    reminded = db.session.execute(
        update(Order)
        .where(
            Order.cooperative_id == order.cooperative_id,
            Order.id == order.id,
            Order.paid_at <= now - reminder_pause(),
            or_(Order.reminded_at.is_(None), Order.reminded_at <= now - reminder_pause()),
        )
        .values(reminded_at=now, reminders=Order.reminders + 1)
        .returning(Order.id)
        .execution_options(synchronize_session=False)
    ).first()
    if reminded is None:
        raise RemindedRecently(
            max(order.paid_at, order.reminded_at or order.paid_at) + reminder_pause()
        )
    db.session.expire(order, ["reminded_at", "reminders"])
    audit.record("order.reminded", "order", order.id, actor=actor)
    return order
