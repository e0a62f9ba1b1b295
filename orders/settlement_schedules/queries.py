"""Selects on rhythms of settlement."""

from collections.abc import Sequence
from datetime import date

from sqlalchemy import func, select

from marketplace.database import db
from orders.settlement_schedules.models import SettlementSchedule
from orders.settlements.models import SettlementRun


def list_schedules() -> Sequence[SettlementSchedule]:
    """Return the rhythms, in the order in which one takes the other's place."""
    return db.session.scalars(
        select(SettlementSchedule).order_by(SettlementSchedule.valid_from, SettlementSchedule.id)
    ).all()


def find_last_closing() -> date | None:
    """Return the day at whose beginning windows were closed last."""
    return db.session.scalar(select(func.max(SettlementRun.end_on)))
