"""Every select on applications; who asked sees the own, the deciding office those of its region."""

import uuid
from collections.abc import Sequence

from sqlalchemy import ColumnElement, Select, select

from marketplace import cursors
from marketplace.database import db
from marketplace.identity.actor import Actor
from marketplace.permissions import Permission
from orders.attribution_changes.errors import ChangeNotFound
from orders.attribution_changes.models import AttributionChange, ChangeState
from orders.trades.errors import OrderNotFound
from orders.trades.models import Order
from orders.trades.queries import bought_by
from partners.offices.queries import governed_by

ORDER: cursors.Keys = [(AttributionChange.id, "desc")]


def decidable_by(actor: Actor) -> ColumnElement[bool]:
    """Return the condition that the actor's office decides on an application."""
    return governed_by(actor, Permission.CREDIT_REVIEW, AttributionChange.decided_in)


def select_changes(actor: Actor, *, state: ChangeState | None = None) -> Select[AttributionChange]:
    """Select the applications that the offices of the actor decide, or may read."""
    seen = governed_by(actor, Permission.QUOTA_READ, AttributionChange.decided_in)
    statement = select(AttributionChange).where(seen)
    return statement if state is None else statement.where(AttributionChange.state == state)


def get_own_order(actor: Actor, order_id: uuid.UUID) -> Order:
    """Return an order whose attribution the actor may ask to change; raises OrderNotFound."""
    own = bought_by(actor, Permission.TRADE_PLACE)
    order = db.session.scalar(select(Order).where(Order.id == order_id, own))
    if order is None:
        raise OrderNotFound
    return order


def list_of_order(order: Order) -> Sequence[AttributionChange]:
    """Return the applications about an order, the newest first."""
    statement = select(AttributionChange).where(
        AttributionChange.cooperative_id == order.cooperative_id,
        AttributionChange.order_id == order.id,
    )
    return db.session.scalars(statement.order_by(AttributionChange.id.desc())).all()


def lock_change(change_id: uuid.UUID, allowed: ColumnElement[bool]) -> AttributionChange:
    """Return an application, locked and as the last holder left it; raises ChangeNotFound."""
    statement = select(AttributionChange).where(AttributionChange.id == change_id, allowed)
    found = db.session.scalar(statement.with_for_update().execution_options(populate_existing=True))
    if found is None:
        raise ChangeNotFound
    return found


def find_decidable(actor: Actor, change_id: uuid.UUID) -> AttributionChange:
    """Return an application that the actor's office decides; raises ChangeNotFound."""
    statement = select(AttributionChange).where(
        AttributionChange.id == change_id, decidable_by(actor)
    )
    found = db.session.scalar(statement)
    if found is None:
        raise ChangeNotFound
    return found


def list_orders_of(changes: Sequence[AttributionChange]) -> dict[uuid.UUID, Order]:
    """Return the orders of applications by id."""
    ids = {change.order_id for change in changes}
    return {row.id: row for row in db.session.scalars(select(Order).where(Order.id.in_(ids)))}
