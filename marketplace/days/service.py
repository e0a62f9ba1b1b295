"""Folding: closing the days that are over, making their sums and the links of the digest chain."""

import hashlib
from datetime import date, timedelta

from sqlalchemy import text

from marketplace import clock
from marketplace.database import db
from marketplace.days.ledgers import Ledger
from marketplace.days.models import FoldedDay
from marketplace.days.queries import find_last_folded_day, find_newest_link

# Days closed in one transaction at most: each takes one lock of the server's lock table, and only
# a ledger that has slept for months has more than one to close.
DAYS_AT_ONCE = 200
_EMPTY = hashlib.sha256(b"").digest()


def fold_days(ledger: Ledger) -> bool:
    """Fold a ledger's oldest days that are over; tell whether more are left to fold.

    Sales keep each day that they book on open by a shared lock until they commit. The exclusive
    lock of every day to be closed is taken in a statement of its own: the next statement then
    sees all that was booked on these days, and nothing can be booked on them afterwards.
    """
    # A ledger that has slept, or was loaded in bulk, takes longer than a request may.
    db.session.execute(text("set local statement_timeout = 0"))
    # One fold at a time, of all ledgers: two folds waiting for sales that hold the one's day and
    # want the other's would wait in a circle.
    db.session.execute(text("select pg_advisory_xact_lock(hashtext('days.fold'), 0)"))
    first, yesterday = _first_open_day(ledger), _yesterday()
    if first is None or first > yesterday:
        return False
    last = min(yesterday, first + timedelta(days=DAYS_AT_ONCE - 1))
    _close(ledger, first, last)
    if ledger.make_sums is not None:
        ledger.make_sums(first, last)
    _append_links(ledger, first, last)
    return last < yesterday


def _yesterday() -> date:
    day: date = db.session.execute(
        text("select shanghai_date(coalesce(:pretended, clock_timestamp())) - 1"),
        {"pretended": clock.travelled_to()},
    ).scalar_one()
    return day


def _first_open_day(ledger: Ledger) -> date | None:
    folded = find_last_folded_day(ledger.name)
    if folded is not None:
        return folded + timedelta(days=1)
    # A ledger's first fold begins at its first row, committed or not: a sale in flight is seen by
    # the lock that it holds on its day.
    in_flight = (
        "select date '2000-01-01' + min(objid::bigint)::integer from pg_locks "
        "where locktype = 'advisory' and objsubid = 2 and mode = 'ShareLock' "
        "and classid::bigint = (hashtext(:ledger)::bigint & 4294967295) "
        "and database = (select oid from pg_database where datname = current_database())"
    )
    committed = f"select min(booked_on) from {ledger.table}"  # noqa: S608 - a name from code
    day: date | None = db.session.execute(
        text(f"select least(({committed}), ({in_flight}))"),
        {"ledger": ledger.name},
    ).scalar_one()
    return day


def _close(ledger: Ledger, first: date, last: date) -> None:
    db.session.execute(
        text(
            "select pg_advisory_xact_lock(hashtext(:ledger), n) from generate_series("
            "cast(:first as date) - date '2000-01-01', cast(:last as date) - date '2000-01-01') n"
        ),
        {"ledger": ledger.name, "first": first, "last": last},
    ).all()


def _append_links(ledger: Ledger, first: date, last: date) -> None:
    """Write a link for each day that has rows, and for the last one, which marks how far we are."""
    digests = ledger.digests_by_day("booked_on between :first and :last")
    rows = db.session.execute(
        text(f"select * from ({digests}) as days order by booked_on"),  # noqa: S608 - from code
        {"first": first, "last": last},
    ).all()
    days = [(row.booked_on, row.row_count, bytes(row.rows_digest)) for row in rows]
    if not days or days[-1][0] != last:
        days.append((last, 0, _EMPTY))
    newest = find_newest_link(ledger.name)
    sequence, previous = (newest.sequence, bytes(newest.hash)) if newest else (0, b"")
    for folded_on, row_count, rows_digest in days:
        sequence += 1
        link = link_hash(previous, sequence, folded_on, row_count, rows_digest)
        db.session.add(
            FoldedDay(
                ledger=ledger.name,
                sequence=sequence,
                folded_on=folded_on,
                row_count=row_count,
                rows_digest=rows_digest,
                previous_hash=previous,
                hash=link,
                folded_at=clock.now(),
            )
        )
        previous = link
    db.session.flush()


def link_hash(
    previous: bytes, sequence: int, folded_on: date, row_count: int, rows_digest: bytes
) -> bytes:
    """Return the hash of a chain's link; the invariant I7 computes the same in SQL."""
    head = previous + sequence.to_bytes(8, "big") + folded_on.isoformat().encode()
    return hashlib.sha256(head + row_count.to_bytes(8, "big") + rows_digest).digest()
