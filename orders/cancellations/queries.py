"""Every select on cancellations."""

import uuid
from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import Select, select

from marketplace.database import db
from orders.cancellations.models import Cancellation
from orders.trades.models import Order
from orders.trades.states import CancellationState


def find_asked(order: Order) -> Cancellation | None:
    """Return the open request to call an order off."""
    return db.session.scalar(
        select(Cancellation)
        .where(
            Cancellation.cooperative_id == order.cooperative_id,
            Cancellation.order_id == order.id,
            Cancellation.state == CancellationState.ASKED,
        )
        .execution_options(populate_existing=True)
    )


def list_latest(order_ids: Collection[uuid.UUID]) -> dict[uuid.UUID, Cancellation]:
    """Return the latest cancellation of each order that has one."""
    statement = (
        select(Cancellation).where(Cancellation.order_id.in_(order_ids)).order_by(Cancellation.id)
    )
    return {each.order_id: each for each in db.session.scalars(statement)}


def order_ids_asked() -> Select[uuid.UUID]:
    """Return the select of orders whose buyers ask to call them off, to narrow a list by."""
    return select(Cancellation.order_id).where(Cancellation.state == CancellationState.ASKED)


def list_due(now: datetime, limit: int) -> Sequence[uuid.UUID]:
    """Return the orders whose cooperatives did not say in time whether they may be called off."""
    statement = (
        select(Cancellation.order_id)
        .where(Cancellation.state == CancellationState.ASKED, Cancellation.due_at <= now)
        .order_by(Cancellation.due_at)
        .limit(limit)
    )
    return db.session.scalars(statement).all()
