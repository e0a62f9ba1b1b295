"""The numbers on tabs: what waits for a buyer or a cooperative, in one statement over open rows."""

from dataclasses import dataclass

from sqlalchemy import ColumnElement, Select, distinct, func, select

from marketplace.database import db
from marketplace.identity.actor import Actor
from orders.aftersales.models import AftersalesCase
from orders.aftersales.queries import is_unsettled
from orders.cancellations.models import Cancellation
from orders.pickups.models import Pickup
from orders.trades.deadlines import overdue_before
from orders.trades.models import Order
from orders.trades.queries import Standing, bought_by, sold_by
from orders.trades.states import CancellationState, OrderState, PickupState

TO_SHIP = frozenset({OrderState.PAID, OrderState.PART_SHIPPED})
_OPEN = TO_SHIP | {OrderState.SHIPPED}


@dataclass(frozen=True, slots=True)
class OrderCounts:
    """How many orders wait, and for what; completed and cancelled ones are not counted."""

    unpaid: int
    to_ship: int
    shipped: int
    overdue: int
    reminded: int
    to_cancel: int
    after_sales: int
    to_collect: int


def count_open_orders(actor: Actor, standing: Standing) -> OrderCounts:
    """Count what waits, as the actor buys or sells."""
    # What is not paid yet is the buyer's business only.
    states = _OPEN if standing is Standing.SELLER else _OPEN | {OrderState.UNPAID}
    mine = sold_by(actor) if standing is Standing.SELLER else bought_by(actor)
    counted = select(
        _count(Order.state == OrderState.UNPAID).label("unpaid"),
        _count(Order.state.in_(sorted(TO_SHIP))).label("to_ship"),
        _count(Order.state == OrderState.SHIPPED).label("shipped"),
        _count(is_overdue()).label("overdue"),
        _count(Order.state.in_(sorted(TO_SHIP)), Order.reminded_at.is_not(None)).label("reminded"),
        _asked(mine).scalar_subquery().label("to_cancel"),
        _unsettled(mine).scalar_subquery().label("after_sales"),
        _kept(mine).scalar_subquery().label("to_collect"),
    ).where(mine, Order.state.in_(sorted(states)))
    return OrderCounts(**db.session.execute(counted).one()._asdict())


def is_overdue() -> ColumnElement[bool]:
    """Return the condition "should have been shipped by now"."""
    return Order.state.in_(sorted(TO_SHIP)) & (Order.paid_at <= overdue_before())


def _count(*conditions: ColumnElement[bool]) -> ColumnElement[int]:
    return func.count().filter(*conditions)


def _asked(mine: ColumnElement[bool]) -> Select[int]:
    return (
        select(func.count())
        .select_from(Cancellation)
        .join(Order, Order.id == Cancellation.order_id)
        .where(mine, Cancellation.state == CancellationState.ASKED)
        .correlate(None)
    )


def _kept(mine: ColumnElement[bool]) -> Select[int]:
    return (
        select(func.count())
        .select_from(Order)
        .join(Pickup, Pickup.order_id == Order.id)
        .where(
            mine,
            Order.state == OrderState.SHIPPED,
            Order.pickup_point_id.is_not(None),
            Pickup.state == PickupState.ARRIVED,
        )
        .correlate(None)
    )


def _unsettled(mine: ColumnElement[bool]) -> Select[int]:
    return (
        select(func.count(distinct(AftersalesCase.order_id)))
        .join(Order, Order.id == AftersalesCase.order_id)
        .where(mine, is_unsettled())
        .correlate(None)
    )
