"""Telling listeners what happened: each hears of each event once, after it was committed.

A listener writes rows of this database (what to deliver, whom to notify), in the transaction that
takes the event out of the queue: both happen or neither does. It never talks to the network.
"""

import logging
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from marketplace import clock
from marketplace.database import db, transaction
from marketplace.outbox import queries
from marketplace.outbox.kinds import EventKind
from marketplace.outbox.models import Event, EventArrear
from marketplace.statements import fetch_all

log = logging.getLogger(__name__)

BATCH = 200
LONGEST_PAUSE = timedelta(hours=1)
EVENTS_KEPT = timedelta(days=90)
PRUNED_AT_ONCE = 10_000


@dataclass(frozen=True, slots=True)
class Listener:
    """A capability that asked to hear of some kinds of events."""

    name: str
    kinds: frozenset[EventKind]
    hear: Callable[[Sequence[Event]], None]


_listeners: dict[str, Listener] = {}


def listen(
    name: str, kinds: Collection[EventKind] = tuple(EventKind)
) -> Callable[[Callable[[Sequence[Event]], None]], Callable[[Sequence[Event]], None]]:
    """Register a listener (in a capability's ``jobs.py``): a function of several events at once.

    It joins the transaction it is called in and writes what follows from the events, no more.
    Events committed before a listener existed are not told to it.
    """

    def register(hear: Callable[[Sequence[Event]], None]) -> Callable[[Sequence[Event]], None]:
        _listeners[name] = Listener(name, frozenset(kinds), hear)
        return hear

    return register


# Only what is committed is seen, and what another worker is telling is passed over: a transaction
# that commits late is found later, whatever number its rows have.
_TAKE = """
WITH taken AS (
    DELETE FROM announcements WHERE id IN (
        SELECT id FROM announcements ORDER BY id LIMIT %(batch)s FOR UPDATE SKIP LOCKED)
    RETURNING id, at, kind, subject_id, account_id, cooperative_id, buying_unit_id, facts
)
INSERT INTO events (id, at, kind, subject_id, account_id, cooperative_id, buying_unit_id, facts)
SELECT id, at, kind, subject_id, account_id, cooperative_id, buying_unit_id, facts FROM taken
RETURNING id
"""


def spread() -> int:
    """Tell every listener what has happened since; return how many events were told."""
    told = 0
    while True:
        with transaction():
            taken = fetch_all(_TAKE, {"batch": BATCH})
            if taken:
                _tell_all(queries.list_events(row.id for row in taken))
        told += len(taken)
        if len(taken) < BATCH:
            return told


def _tell_all(events: Sequence[Event]) -> None:
    for listener in list(_listeners.values()):
        wanted = [event for event in events if event.kind in listener.kinds]
        failure = _tell(listener, wanted) if wanted else None
        if failure is not None:
            db.session.add_all(
                EventArrear(
                    event_id=event.id,
                    listener=listener.name,
                    tries=1,
                    next_try_at=clock.now(),
                    failure=failure,
                )
                for event in wanted
            )
            db.session.flush()


def _tell(listener: Listener, events: Sequence[Event]) -> str | None:
    """Tell a listener; what it wrote before it failed is undone, and the others are told."""
    try:
        with db.session.begin_nested():
            listener.hear(events)
            db.session.flush()
    except Exception as error:
        log.exception("a listener failed", extra={"listener": listener.name})
        return type(error).__name__
    return None


def tell_again() -> int:
    """Tell again, one by one, what listeners could not take; return how many were taken."""
    now, taken = clock.now(), 0
    while True:
        with transaction():
            owed = queries.lock_due_arrear(now)
            if owed is None:
                return taken
            listener = _listeners.get(owed.arrear.listener)
            failure = _tell(listener, [owed.event]) if listener else None
            if failure is None:
                db.session.delete(owed.arrear)
                taken += 1
            else:
                _put_off(owed.arrear, failure, now)


def _put_off(arrear: EventArrear, failure: str, now: datetime) -> None:
    arrear.next_try_at = now + min(timedelta(minutes=2**arrear.tries), LONGEST_PAUSE)
    arrear.tries = min(arrear.tries + 1, 30)
    arrear.failure = failure


_PRUNE = """
WITH pruned AS (
    DELETE FROM events WHERE id IN (
        SELECT e.id FROM events e
        WHERE e.at < %(before)s
          AND NOT EXISTS (SELECT FROM event_arrears a WHERE a.event_id = e.id)
        LIMIT %(batch)s)
    RETURNING id
)
SELECT count(*) AS pruned FROM pruned
"""


def prune() -> None:
    """Forget what was told to everybody long ago, in steps that hold nobody up."""
    values = {"before": clock.now() - EVENTS_KEPT, "batch": PRUNED_AT_ONCE}
    is_more_left = True
    while is_more_left:
        with transaction():
            is_more_left = fetch_all(_PRUNE, values)[0].pruned == PRUNED_AT_ONCE
