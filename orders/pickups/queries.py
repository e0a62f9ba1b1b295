"""Selects on pick-ups: a keeper's, an order's, and those whose time has come."""

import uuid
from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, Select, exists, func, or_, select

from marketplace.database import db
from marketplace.identity.actor import Actor
from orders.fulfilment.models import Parcel, ParcelLine
from orders.pickups.errors import PickupNotFound
from orders.pickups.models import Pickup, PickupParcel, PickupRule, PickupTerms
from orders.trades.models import Order
from orders.trades.queries import lock_order
from orders.trades.states import OrderState, PickupState
from partners.pickup_points.models import PickupPoint
from partners.pickup_points.queries import kept_by

# What a keeper has to do with: sent, or about to be.
_EXPECTED = frozenset({OrderState.PAID, OrderState.PART_SHIPPED, OrderState.SHIPPED})
_OPEN = (PickupState.AWAITING, PickupState.ARRIVED)


def _is_expected() -> ColumnElement[bool]:
    paid = select(Order.id).where(Order.state.in_(sorted(_EXPECTED)))
    return or_(Pickup.case_id.is_not(None), Pickup.order_id.in_(paid))


def _of_pickup() -> tuple[ColumnElement[bool], ...]:
    """Return the conditions "the parcel is of the pick-up, and has not come to its point"."""
    has_come = exists().where(
        PickupParcel.cooperative_id == Parcel.cooperative_id, PickupParcel.parcel_id == Parcel.id
    )
    return (
        Parcel.cooperative_id == Pickup.cooperative_id,
        Parcel.order_id == Pickup.order_id,
        Parcel.case_id.is_not_distinct_from(Pickup.case_id),
        ~has_come,
    )


def _is_on_its_way() -> ColumnElement[bool]:
    return Pickup.state.in_(_OPEN) & exists().where(*_of_pickup())


def select_kept(point_id: uuid.UUID, state: PickupState) -> Select[Pickup]:
    """Select a point's pick-ups in a state; of those not there yet, only what was paid for."""
    statement = select(Pickup).where(Pickup.pickup_point_id == point_id, Pickup.state == state)
    return statement.where(_is_expected()) if state is PickupState.AWAITING else statement


def select_coming(point_id: uuid.UUID) -> Select[Pickup]:
    """Select a point's pick-ups of which something is still to come, though a part may be there."""
    return select(Pickup).where(
        Pickup.pickup_point_id == point_id,
        or_(
            (Pickup.state == PickupState.AWAITING) & _is_expected(),
            _is_on_its_way(),
        ),
    )


def count_coming(point_id: uuid.UUID) -> int:
    """Count the pick-ups of a point of which something is still to come."""
    counted = select(func.count()).select_from(select_coming(point_id).subquery())
    return db.session.scalars(counted).one()


def select_expected(actor: Actor) -> Select[Pickup]:
    """Select what was sent to the points that the actor keeps, and is not all marked as there."""
    points = select(PickupPoint.id).where(kept_by(actor))
    return select(Pickup).where(Pickup.pickup_point_id.in_(points), _is_on_its_way())


def count_kept(point_ids: Collection[uuid.UUID]) -> dict[uuid.UUID, dict[PickupState, int]]:
    """Count the open pick-ups of points per state."""
    rows = db.session.execute(
        select(Pickup.pickup_point_id, Pickup.state, func.count().label("counted"))
        .join(
            Order, (Order.cooperative_id == Pickup.cooperative_id) & (Order.id == Pickup.order_id)
        )
        .where(
            Pickup.pickup_point_id.in_(point_ids),
            Pickup.state.in_(_OPEN),
            or_(Pickup.case_id.is_not(None), Order.state.in_(sorted(_EXPECTED))),
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


def list_of_orders(order_ids: Collection[uuid.UUID]) -> dict[uuid.UUID, list[Pickup]]:
    """Return the pick-ups of orders, by order: what was ordered first, then replacements."""
    found: dict[uuid.UUID, list[Pickup]] = {}
    if order_ids:
        statement = select(Pickup).where(Pickup.order_id.in_(order_ids))
        for row in db.session.scalars(statement.order_by(Pickup.case_id.is_not(None), Pickup.id)):
            found.setdefault(row.order_id, []).append(row)
    return found


def get_of_order(order: Order) -> Pickup:
    """Return the pick-up of what was ordered, of a locked order, as it stands now."""
    return _fresh(
        (Pickup.cooperative_id == order.cooperative_id)
        & (Pickup.order_id == order.id)
        & Pickup.case_id.is_(None)
    )


def relock_pickup(pickup_id: uuid.UUID) -> tuple[Pickup, Order]:
    """Lock the order of a pick-up and return both fresh; raises PickupNotFound."""
    order_id = db.session.scalar(select(Pickup.order_id).where(Pickup.id == pickup_id))
    if order_id is None:
        raise PickupNotFound
    order = lock_order(order_id)
    return _fresh(Pickup.id == pickup_id), order


def _fresh(wanted: ColumnElement[bool]) -> Pickup:
    statement = select(Pickup).where(wanted).execution_options(populate_existing=True)
    row = db.session.scalar(statement)
    if row is None:
        raise PickupNotFound
    return row


def list_on_the_way(pickup: Pickup) -> Sequence[Parcel]:
    """Return the parcels of a pick-up that were sent and have not come to the point."""
    statement = select(Parcel).where(Pickup.id == pickup.id, *_of_pickup())
    return db.session.scalars(statement.order_by(Parcel.id)).all()


def list_marked(pickup: Pickup) -> set[uuid.UUID]:
    """Return the parcels of a pick-up that have come to the point, whatever became of them."""
    marked = select(PickupParcel.parcel_id).where(PickupParcel.pickup_id == pickup.id)
    return set(db.session.scalars(marked))


def list_parcels_of(parcel_ids: Collection[uuid.UUID]) -> dict[uuid.UUID, PickupParcel]:
    """Return what is known at points of parcels, by parcel."""
    if not parcel_ids:
        return {}
    rows = db.session.scalars(select(PickupParcel).where(PickupParcel.parcel_id.in_(parcel_ids)))
    return {row.parcel_id: row for row in rows}


def sum_shelf(pickup: Pickup) -> dict[uuid.UUID, int]:
    """Return how many pieces of which order line lie at the point now."""
    return _sum_pieces((PickupParcel.pickup_id == pickup.id) & PickupParcel.left_at.is_(None))


def sum_come(order: Order) -> dict[uuid.UUID, int]:
    """Return how many pieces of which line have come to the order's point, whatever became of them."""
    return _sum_pieces(
        PickupParcel.pickup_id.in_(
            select(Pickup.id).where(
                Pickup.cooperative_id == order.cooperative_id,
                Pickup.order_id == order.id,
                Pickup.case_id.is_(None),
            )
        )
    )


def _sum_pieces(wanted: ColumnElement[bool]) -> dict[uuid.UUID, int]:
    rows = db.session.execute(
        select(ParcelLine.order_line_id, func.sum(ParcelLine.quantity).label("pieces"))
        .join(
            PickupParcel,
            (PickupParcel.cooperative_id == ParcelLine.cooperative_id)
            & (PickupParcel.parcel_id == ParcelLine.parcel_id),
        )
        .where(wanted)
        .group_by(ParcelLine.order_line_id)
    )
    return {row.order_line_id: int(row.pieces) for row in rows}


def list_due(now: datetime, limit: int) -> Sequence[uuid.UUID]:
    """Return the pick-ups that were not collected in time."""
    statement = select(Pickup.id).where(Pickup.state == PickupState.ARRIVED, Pickup.due_at <= now)
    return db.session.scalars(statement.order_by(Pickup.due_at, Pickup.id).limit(limit)).all()


def list_to_remind(arrived_before: datetime, limit: int) -> Sequence[uuid.UUID]:
    """Return the pick-ups that have waited a while and whose buyer was not reminded."""
    statement = select(Pickup.id).where(
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
