"""Selects on pick-ups: a keeper's, an order's, and those whose time has come."""

import uuid
from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import Select, func, select

from marketplace.database import db
from marketplace.identity.actor import Actor
from orders.pickups.errors import PickupNotFound
from orders.pickups.models import Pickup, PickupRule, PickupTerms
from orders.trades.models import Order
from orders.trades.states import OrderState, PickupState
from partners.pickup_points.models import PickupPoint
from partners.pickup_points.queries import kept_by

# What a keeper has to do with: sent, or about to be.
_EXPECTED = frozenset({OrderState.PAID, OrderState.PART_SHIPPED, OrderState.SHIPPED})


def select_kept(point_id: uuid.UUID, state: PickupState) -> Select[Pickup]:
    """Select a point's pick-ups in a state; of those not there yet, only what was paid for."""
    statement = select(Pickup).where(Pickup.pickup_point_id == point_id, Pickup.state == state)
    if state is PickupState.AWAITING:
        paid = select(Order.id).where(Order.state.in_(sorted(_EXPECTED)))
        statement = statement.where(Pickup.order_id.in_(paid))
    return statement


def select_expected(actor: Actor) -> Select[Pickup]:
    """Select what was sent whole to the points that the actor keeps, and is not marked as there."""
    points = select(PickupPoint.id).where(kept_by(actor))
    sent = select(Order.id).where(Order.state == OrderState.SHIPPED)
    return select(Pickup).where(
        Pickup.pickup_point_id.in_(points),
        Pickup.state == PickupState.AWAITING,
        Pickup.order_id.in_(sent),
    )


def count_kept(point_ids: Collection[uuid.UUID]) -> dict[uuid.UUID, dict[PickupState, int]]:
    """Count the open pick-ups of points per state."""
    rows = db.session.execute(
        select(Pickup.pickup_point_id, Pickup.state, func.count().label("counted"))
        .join(
            Order, (Order.cooperative_id == Pickup.cooperative_id) & (Order.id == Pickup.order_id)
        )
        .where(
            Pickup.pickup_point_id.in_(point_ids),
            Pickup.state.in_([PickupState.AWAITING, PickupState.ARRIVED]),
            Order.state.in_(sorted(_EXPECTED)),
        )
        .group_by(Pickup.pickup_point_id, Pickup.state)
    )
    counts: dict[uuid.UUID, dict[PickupState, int]] = {}
    for row in rows:
        counts.setdefault(row.pickup_point_id, {})[row.state] = row.counted
    return counts


def get_kept(actor: Actor, pickup_id: uuid.UUID) -> Pickup:
    """Return a pick-up at a point that the actor keeps; raises PickupNotFound."""
    points = select(PickupPoint.id).where(kept_by(actor))
    statement = select(Pickup).where(Pickup.id == pickup_id, Pickup.pickup_point_id.in_(points))
    row = db.session.scalar(statement)
    if row is None:
        raise PickupNotFound
    return row


def list_of_orders(order_ids: Collection[uuid.UUID]) -> dict[uuid.UUID, Pickup]:
    """Return the pick-ups of orders, by order."""
    if not order_ids:
        return {}
    rows = db.session.scalars(select(Pickup).where(Pickup.order_id.in_(order_ids)))
    return {row.order_id: row for row in rows}


def get_of_order(order: Order) -> Pickup:
    """Return the pick-up of a locked order, as it stands now."""
    statement = select(Pickup).where(
        Pickup.cooperative_id == order.cooperative_id, Pickup.order_id == order.id
    )
    row = db.session.scalar(statement.execution_options(populate_existing=True))
    if row is None:
        raise PickupNotFound
    return row


def list_due(now: datetime, limit: int) -> Sequence[uuid.UUID]:
    """Return the orders that were not collected in time."""
    statement = select(Pickup.order_id).where(
        Pickup.state == PickupState.ARRIVED, Pickup.due_at <= now
    )
    return db.session.scalars(statement.order_by(Pickup.due_at, Pickup.id).limit(limit)).all()


def list_to_remind(arrived_before: datetime, limit: int) -> Sequence[uuid.UUID]:
    """Return the orders that have waited a while and whose buyer was not reminded."""
    statement = select(Pickup.order_id).where(
        Pickup.state == PickupState.ARRIVED,
        Pickup.due_at.is_not(None),
        Pickup.arrived_at <= arrived_before,
        Pickup.reminded_at.is_(None),
    )
    return db.session.scalars(statement.order_by(Pickup.id).limit(limit)).all()


def list_terms(cooperative_id: uuid.UUID) -> dict[uuid.UUID, PickupRule]:
    """Return what a cooperative says of points, by point."""
    rows = db.session.scalars(
        select(PickupTerms).where(PickupTerms.cooperative_id == cooperative_id)
    )
    return {row.pickup_point_id: row.rule for row in rows}
