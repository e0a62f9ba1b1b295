"""When a purchase needs a second person: by the unit's threshold, which splitting does not evade."""

import uuid
from datetime import datetime, time, timedelta

from sqlalchemy import exists, func, select

from marketplace import clock
from marketplace.database import db
from orders.requisitions.errors import ApprovalRequired
from orders.requisitions.models import Requisition
from orders.trades.models import Order
from orders.trades.states import OrderState


def require_no_approval(
    account_id: uuid.UUID, unit_id: uuid.UUID, from_fen: int, total_fen: int
) -> None:
    """Raise ApprovalRequired if what the clerk buys for the unit today reaches the threshold.

    Asked only where the unit has a threshold, so other purchases pay nothing for it. The lock lets
    two purchases of one clerk at the same moment see each other.
    """
    if total_fen < from_fen:
        key = func.hashtextextended(f"approval {unit_id} {account_id}", 0)
        db.session.execute(select(func.pg_advisory_xact_lock(key)))
        total_fen += _bought_today_fen(account_id, unit_id)
    if total_fen >= from_fen:
        raise ApprovalRequired(from_fen)


def _bought_today_fen(account_id: uuid.UUID, unit_id: uuid.UUID) -> int:
    """Sum what the clerk has bought for the unit today without anybody's approval."""
    midnight = datetime.combine(clock.today(), time(), clock.SHANGHAI)
    next_midnight = datetime.combine(clock.today() + timedelta(days=1), time(), clock.SHANGHAI)
    is_approved = exists().where(Requisition.trade_id == Order.trade_id)
    bought = select(func.coalesce(func.sum(Order.total_fen), 0)).where(
        Order.account_id == account_id,
        Order.buying_unit_id == unit_id,
        Order.placed_at >= midnight,
        Order.placed_at < next_midnight,
        Order.state != OrderState.CANCELLED,
        ~is_approved,
    )
    return int(db.session.scalar(bought) or 0)
