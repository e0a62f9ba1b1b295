"""Look-ups of what happened and of what is still to be told."""

import uuid
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import select

from marketplace.database import db
from marketplace.outbox.models import Event, EventArrear


class Arrear(NamedTuple):
    """An event owed to a listener, locked."""

    event: Event
    arrear: EventArrear


def list_events(event_ids: Iterable[uuid.UUID]) -> Sequence[Event]:
    """Return events in the order of their ids, which is roughly that of their causes."""
    return db.session.scalars(
        select(Event).where(Event.id.in_(list(event_ids))).order_by(Event.id)
    ).all()


def lock_due_arrear(now: datetime) -> Arrear | None:
    """Return and lock an event that is due to be told again; one that is being told is left."""
    found = db.session.execute(
        select(Event, EventArrear)
        .join(Event, Event.id == EventArrear.event_id)
        .where(EventArrear.next_try_at <= now)
        .order_by(EventArrear.next_try_at, EventArrear.event_id)
        .limit(1)
        .with_for_update(of=EventArrear, skip_locked=True)
    ).first()
    return None if found is None else Arrear(*found)
