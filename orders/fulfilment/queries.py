"""Selects on parcels, and on the orders whose time has come."""

import uuid
from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, exists, func, select
from sqlalchemy.orm import selectinload

from marketplace.database import db
from marketplace.identity.actor import Actor
from marketplace.permissions import Permission
from orders.aftersales.models import AftersalesCase
from orders.aftersales.queries import is_unsettled as is_unsettled_case
from orders.cancellations.queries import order_ids_asked
from orders.card_disputes.queries import is_order_disputed
from orders.fulfilment.models import Parcel, ParcelLine
from orders.trades.models import Order
from orders.trades.queries import sold_by
from orders.trades.states import OrderState


def _unsettled() -> ColumnElement[bool]:
    return exists().where(
        AftersalesCase.cooperative_id == Order.cooperative_id,
        AftersalesCase.order_id == Order.id,
        is_unsettled_case(),
    )


def list_parcels(order_ids: Collection[uuid.UUID]) -> Sequence[Parcel]:
    """Return the parcels of orders, first shipped first."""
    statement = select(Parcel).where(Parcel.order_id.in_(order_ids)).order_by(Parcel.id)
    return db.session.scalars(statement).all()


def list_parcel_lines(parcel_ids: Collection[uuid.UUID]) -> Sequence[ParcelLine]:
    """Return what is in parcels."""
    statement = (
        select(ParcelLine).where(ParcelLine.parcel_id.in_(parcel_ids)).order_by(ParcelLine.id)
    )
    return db.session.scalars(statement).all()


def list_due_for_acceptance(now: datetime, limit: int) -> Sequence[uuid.UUID]:
    """Return shipped orders whose days to accept are over and about which nobody complains."""
    statement = (
        select(Order.id)
        .where(Order.state == OrderState.SHIPPED, Order.accept_due_at <= now, ~_unsettled())
        .order_by(Order.accept_due_at)
        .limit(limit)
    )
    return db.session.scalars(statement).all()


def list_due_for_completion(now: datetime, limit: int) -> Sequence[uuid.UUID]:
    """Return accepted orders whose after-sales window has closed with nothing left open."""
    statement = (
        select(Order.id)
        .where(
            Order.state == OrderState.ACCEPTED,
            Order.window_closes_at <= now,
            ~Order.goods_first
            | Order.settled_at.is_not(None)
            | Order.debt_written_off_at.is_not(None),
            ~_unsettled(),
            ~is_order_disputed(),
        )
        .order_by(Order.window_closes_at)
        .limit(limit)
    )
    return db.session.scalars(statement).all()


def last_shipped_at(order: Order) -> datetime:
    """Return when the last parcel of an order's own goods left; it has one."""
    latest = select(func.max(Parcel.shipped_at)).where(
        Parcel.cooperative_id == order.cooperative_id,
        Parcel.order_id == order.id,
        Parcel.case_id.is_(None),
    )
    return db.session.scalars(latest).one()


def is_disputed(order: Order) -> bool:
    """Tell whether a bank still decides whose an order's money is."""
    found = db.session.scalar(
        select(Order.id).where(
            Order.cooperative_id == order.cooperative_id, Order.id == order.id, is_order_disputed()
        )
    )
    return found is not None


def is_unsettled(order: Order) -> bool:
    """Tell whether an after-sales case of the order still waits for somebody."""
    found = db.session.scalar(
        select(Order.id).where(
            Order.cooperative_id == order.cooperative_id, Order.id == order.id, _unsettled()
        )
    )
    return found is not None


def list_to_pack(
    actor: Actor,
    order_ids: Collection[uuid.UUID] | None,
    cooperative_id: uuid.UUID | None,
    limit: int,
) -> Sequence[Order]:
    """Return orders of the actor's cooperatives that wait to be packed, with lines, paid first."""
    statement = select(Order).where(
        sold_by(actor, Permission.ORDER_SHIP),
        Order.state.in_(sorted({OrderState.PAID, OrderState.PART_SHIPPED})),
        Order.id.not_in(order_ids_asked()),
    )
    if order_ids is not None:
        statement = statement.where(Order.id.in_(order_ids))
    if cooperative_id is not None:
        statement = statement.where(Order.cooperative_id == cooperative_id)
    statement = statement.options(selectinload(Order.lines)).order_by(Order.paid_at, Order.id)
    return db.session.scalars(statement.limit(limit)).all()
