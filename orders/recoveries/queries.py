"""Selects on recoveries."""

import uuid
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, Select, false, func, select, true
from sqlalchemy.orm import InstrumentedAttribute

from marketplace.database import db
from marketplace.identity.actor import Actor
from marketplace.permissions import Permission
from orders.recoveries.errors import RecoveryNotFound
from orders.recoveries.models import Recovery, RecoveryState


def visible_to(actor: Actor) -> ColumnElement[bool]:
    """Return which applications the actor may read: all of them, as the platform's officer."""
    return true() if actor.is_platform(Permission.RECOVERY_READ) else false()


def select_recoveries(actor: Actor, state: RecoveryState | None = None) -> Select[Recovery]:
    """Select the applications that the actor may read, in a state."""
    statement = select(Recovery).where(visible_to(actor))
    return statement if state is None else statement.where(Recovery.state == state)


def get_recovery(actor: Actor, recovery_id: uuid.UUID) -> Recovery:
    """Return an application that the actor may read; raises RecoveryNotFound."""
    return _found(db.session.scalar(select_recoveries(actor).where(Recovery.id == recovery_id)))


def get_by_number(recovery_no: str) -> Recovery:
    """Return the application of a number, which only its applicant knows; raises RecoveryNotFound."""
    return _found(db.session.scalar(select(Recovery).where(Recovery.recovery_no == recovery_no)))


def lock_recovery(recovery_id: uuid.UUID, allowed: ColumnElement[bool]) -> Recovery:
    """Return an application among those allowed, its row locked; raises RecoveryNotFound."""
    statement = select(Recovery).where(Recovery.id == recovery_id, allowed)
    return _found(
        db.session.scalar(statement.with_for_update().execution_options(populate_existing=True))
    )


def find_running(account_id: uuid.UUID) -> Recovery | None:
    """Return the approved recovery whose notice runs for an account."""
    return db.session.scalar(
        select(Recovery).where(
            Recovery.account_id == account_id, Recovery.state == RecoveryState.APPROVED
        )
    )


def is_of(account_id: uuid.UUID) -> ColumnElement[bool]:
    """Return the condition "for this account"."""
    return Recovery.account_id == account_id


def count_since(column: InstrumentedAttribute[bytes], index: bytes, since: datetime) -> int:
    """Count the applications with a blind index in a column since an instant."""
    statement = select(func.count()).where(column == index, Recovery.submitted_at > since)
    return int(db.session.scalar(statement) or 0)


def list_due(now: datetime, limit: int) -> Sequence[uuid.UUID]:
    """Return approved recoveries whose notice is over, the oldest first."""
    statement = (
        select(Recovery.id)
        .where(Recovery.state == RecoveryState.APPROVED, Recovery.completes_at <= now)
        .order_by(Recovery.completes_at, Recovery.id)
        .limit(limit)
    )
    return db.session.scalars(statement).all()


def _found(row: Recovery | None) -> Recovery:
    if row is None:
        raise RecoveryNotFound
    return row
