"""Selects on entries and postings as the books show them, and on exports."""

import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, func, select, text, tuple_

from marketplace import clock, cursors
from marketplace.cursors import Page
from marketplace.database import db
from marketplace.days.queries import find_last_folded_day
from orders.books import sums
from orders.books.errors import JournalEntryUnknown, JournalExportUnknown
from orders.books.models import JournalExport
from orders.journal.models import AccountKind, EntryKind, JournalDay, JournalEntry, Posting
from orders.journal.service import LEDGER

ENTRY_ORDER: cursors.Keys = [(JournalEntry.booked_on, "desc"), (JournalEntry.id, "desc")]
EXPORT_ORDER: cursors.Keys = [(JournalExport.id, "desc")]
STREAMED = 2000


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryFilter:
    """Which entries of the journal; None leaves a facet open."""

    start_on: date | None = None
    end_on: date | None = None
    kind: EntryKind | None = None
    cause_id: uuid.UUID | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerQuery:
    """One account in a period, both days included."""

    account: AccountKind
    owner_id: uuid.UUID | None
    start_on: date
    end_on: date


def get_today() -> date:
    """Return today's Shanghai date."""
    return clock.today()


def find_closed_to() -> date | None:
    """Return the last day on which nothing can be booked any more; None before the first fold."""
    return find_last_folded_day(LEDGER)


def select_entries(wanted: EntryFilter) -> Select[JournalEntry]:
    """Select entries of the journal."""
    statement = select(JournalEntry)
    if wanted.start_on is not None:
        statement = statement.where(JournalEntry.booked_on >= wanted.start_on)
    if wanted.end_on is not None:
        statement = statement.where(JournalEntry.booked_on <= wanted.end_on)
    if wanted.kind is not None:
        statement = statement.where(JournalEntry.kind == wanted.kind)
    if wanted.cause_id is not None:
        statement = statement.where(JournalEntry.cause_id == wanted.cause_id)
    return statement


def get_entry(entry_id: uuid.UUID) -> JournalEntry:
    """Return an entry; raises JournalEntryUnknown."""
    found = db.session.get(JournalEntry, entry_id)
    if found is None:
        raise JournalEntryUnknown
    return found


def list_postings(entry_ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, list[Posting]]:
    """Return the postings of entries by entry: debits first, as a voucher is written."""
    found: dict[uuid.UUID, list[Posting]] = {entry_id: [] for entry_id in entry_ids}
    statement = select(Posting).where(Posting.entry_id.in_(entry_ids))
    for posting in db.session.scalars(statement.order_by(Posting.amount_fen < 0, Posting.id)):
        found[posting.entry_id].append(posting)
    return found


def page_of_ledger(wanted: LedgerQuery, limit: int, after: str | None) -> tuple[Page[Posting], int]:
    """Return one page of an account's postings in order of booking, and the balance before it."""
    statement = select(Posting).where(
        *_on(wanted), Posting.booked_on.between(wanted.start_on, wanted.end_on)
    )
    if after is not None:
        day, last_id = cursors.decode(after, [date, uuid.UUID])
        beyond = tuple_(Posting.booked_on, Posting.id) > tuple_(day, last_id)
        statement = statement.where(Posting.booked_on >= day, beyond)
    # The owner is the same everywhere; named first, the order is the index's own, also where it is
    # null, and no more than a day is ever sorted.
    ordered = statement.order_by(Posting.owner_id, Posting.booked_on, Posting.id)
    found = list(db.session.scalars(ordered.limit(limit + 1)))
    items, last = found[:limit], found[limit - 1 : limit]
    is_more = len(found) > limit
    following = cursors.encode([last[0].booked_on, last[0].id]) if is_more else None
    return Page(items, following), _balance_before(wanted, after)


def _on(wanted: LedgerQuery) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    owner = Posting.owner_id
    return (
        Posting.account_kind == wanted.account,
        owner.is_(None) if wanted.owner_id is None else owner == wanted.owner_id,
    )


def get_entries_of(postings: Sequence[Posting]) -> dict[uuid.UUID, JournalEntry]:
    """Return the entries of postings by id."""
    ids = [posting.entry_id for posting in postings]
    statement = select(JournalEntry).where(JournalEntry.id.in_(ids))
    return {entry.id: entry for entry in db.session.scalars(statement)}


def _balance_before(wanted: LedgerQuery, after: str | None) -> int:
    """Return an account's balance before a page: by folded sums, and at most one day's postings."""
    if after is None:
        day_before = wanted.start_on - timedelta(days=1)
        return sums.get_balance(wanted.account, wanted.owner_id, day_before)
    day, last_id = cursors.decode(after, [date, uuid.UUID])
    statement = select(func.coalesce(func.sum(Posting.amount_fen), 0)).where(
        *_on(wanted), Posting.booked_on == day, Posting.id <= last_id
    )
    on_the_day = int(db.session.scalars(statement).one())
    before = sums.get_balance(wanted.account, wanted.owner_id, day - timedelta(days=1))
    return before + on_the_day


def find_voucher_numbers(entries: Sequence[JournalEntry]) -> dict[uuid.UUID, int]:
    """Return the numbers of entries of folded days within their month; the others have none yet."""
    rows = db.session.execute(
        text("""
            SELECT o.id, o.number + d.first_number - 1 AS number
            FROM (
                SELECT id, booked_on,
                    row_number() OVER (PARTITION BY booked_on ORDER BY id) AS number
                FROM journal_entries WHERE booked_on = ANY(:days)
            ) o JOIN journal_days d ON d.booked_on = o.booked_on
            WHERE o.id = ANY(:ids)
        """),
        {
            "ids": [entry.id for entry in entries],
            "days": list({entry.booked_on for entry in entries}),
        },
    )
    return {row.id: row.number for row in rows}


def list_first_numbers(start_on: date, end_on: date) -> dict[date, int]:
    """Return the number of the first entry of each day that has entries."""
    statement = select(JournalDay.booked_on, JournalDay.first_number)
    rows = db.session.execute(statement.where(JournalDay.booked_on.between(start_on, end_on)))
    return {row.booked_on: row.first_number for row in rows}


def stream_postings(start_on: date, end_on: date) -> Iterator[Sequence[Any]]:
    """Yield the postings of a period with their entries, some at a time, in order of voucher."""
    statement = (
        select(
            Posting.entry_id,
            Posting.account_kind,
            Posting.owner_id,
            Posting.order_id,
            Posting.amount_fen,
            JournalEntry.booked_on,
            JournalEntry.kind,
            JournalEntry.cause_id,
        )
        .join(JournalEntry, JournalEntry.id == Posting.entry_id)
        .where(JournalEntry.booked_on.between(start_on, end_on))
        .order_by(JournalEntry.booked_on, Posting.entry_id, Posting.amount_fen < 0, Posting.id)
        .execution_options(yield_per=STREAMED)
    )
    yield from db.session.execute(statement).partitions()


def select_exports() -> Select[JournalExport]:
    """Select the exports of the books."""
    return select(JournalExport)


def get_export(export_id: uuid.UUID) -> JournalExport:
    """Return an export; raises JournalExportUnknown."""
    found = db.session.get(JournalExport, export_id)
    if found is None:
        raise JournalExportUnknown
    return found


def lock_export(export_id: uuid.UUID) -> JournalExport:
    """Lock an export, so that it is written once."""
    statement = select(JournalExport).where(JournalExport.id == export_id).with_for_update()
    return db.session.scalars(statement.execution_options(populate_existing=True)).one()
