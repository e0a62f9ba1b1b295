"""The bank's day: the entries of its statements against receipts, payouts and refunds in the journal."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from marketplace.statements import fetch_all
from orders.bank_entries.models import EntryState
from orders.journal.direct_entries import SQL_KINDS
from orders.reconciliation.found import (
    NOTHING,
    Comparison,
    Found,
    Key,
    Leg,
    Sums,
    bounds,
    compare_legs,
    sums_of,
)
from orders.reconciliation.kinds import DifferenceKind
from orders.reconciliation.models import Item

CHANNEL = "bank"
# How far from a day the other side of its payments is looked for.
AROUND = timedelta(days=60)

# The bank's entries, by what of ours they are; a WHERE follows.
ENTRY_LEGS = """
SELECT e.id, e.state, (e.occurred_at AT TIME ZONE 'Asia/Shanghai')::date AS day, e.account_tail,
    CASE e.state WHEN 'outgoing' THEN -e.amount_fen ELSE e.amount_fen END AS amount,
    coalesce(m.item, 'bank_entry') AS item, coalesce(m.subject_id, e.id) AS subject_id
FROM bank_entries e
LEFT JOIN outgoing_matches m ON m.bank_entry_id = e.id AND m.undone_at IS NULL
"""

# A receipt is booked when its statement is imported, but belongs to the bank's day; so does what
# officers booked of an entry. The opening balance belongs to no day; an AND follows.
BOOKED_LEGS = f"""
SELECT CASE WHEN d.id IS NOT NULL THEN 'bank_entry' ELSE CASE e.kind
        WHEN 'bank_received' THEN 'bank_entry' WHEN 'statement_paid' THEN 'payout'
        WHEN 'bank_refund_paid' THEN 'bank_refund' WHEN 'receipt_returned' THEN 'bank_refund'
        WHEN 'refund_paid_otherwise' THEN 'refund_settlement' ELSE 'entry' END END AS item,
    CASE WHEN d.id IS NOT NULL THEN d.bank_entry_id
        WHEN e.kind = 'statement_paid' THEN coalesce(t.id, e.cause_id)
        WHEN e.kind IN ('bank_received', 'bank_refund_paid', 'receipt_returned',
            'refund_paid_otherwise') THEN e.cause_id
        ELSE e.id END AS subject_id,
    coalesce((b.occurred_at AT TIME ZONE 'Asia/Shanghai')::date, p.booked_on) AS day,
    p.amount_fen AS amount, p.booked_on
FROM journal_postings p
JOIN journal_entries e ON e.id = p.entry_id
LEFT JOIN payouts t ON e.kind = 'statement_paid' AND t.statement_id = e.cause_id
    AND t.state = 'paid'
LEFT JOIN direct_bookings d ON e.kind IN {SQL_KINDS} AND d.id = e.cause_id
LEFT JOIN bank_entries b
    ON b.id = CASE e.kind WHEN 'bank_received' THEN e.cause_id ELSE d.bank_entry_id END
WHERE p.account_kind = 'bank' AND e.kind <> 'bank_opened'
"""  # noqa: S608 - our own names

_ENTRIES = (
    f"{ENTRY_LEGS} WHERE e.occurred_at >= %(start)s AND e.occurred_at < %(end)s ORDER BY e.id"
)
_BOOKED = f"{BOOKED_LEGS} AND p.booked_on BETWEEN %(first)s AND %(booked_until)s ORDER BY p.id"


@dataclass(frozen=True, slots=True)
class _Entries:
    """The bank's entries around a day, and both sides' legs."""

    rows: list[Any]
    there: list[Leg]
    here: list[Leg]


def _read(first: date, last: date) -> _Entries:
    start, end = bounds(first)[0], bounds(last)[1]
    rows = fetch_all(_ENTRIES, {"start": start, "end": end})
    # An import may come long after the day; what is booked from then on may belong to it.
    values = {"first": first, "booked_until": date.max}
    here = [
        Leg(Item(row.item), row.subject_id, row.day, row.amount)
        for row in fetch_all(_BOOKED, values)
        if first <= row.day <= last
    ]
    there = [Leg(Item(row.item), row.subject_id, row.day, row.amount) for row in rows]
    return _Entries(rows, there, here)


def list_sums(first: date, last: date) -> dict[date, Sums]:
    """Return what both sides moved on each day from first to last, as they stand now."""
    read = _read(first, last)
    return sums_of(read.there, read.here)


def compare(day: date) -> Comparison:
    """Compare the bank's day with the journal; receipts that wait for somebody are told as well."""
    read = _read(day - AROUND, day + AROUND)
    found = compare_legs(day, read.there, read.here, _namer(read.rows))
    known = {one.key for one in found}
    found += [
        one
        for row in read.rows
        if row.day == day
        for one in [_waiting(row)]
        if one is not None and one.key not in known
    ]
    return Comparison(sums_of(read.there, read.here).get(day, NOTHING), found)


def _namer(rows: list[Any]) -> Callable[[Key, int | None, int | None], DifferenceKind]:
    """Return what names a difference; it knows who was paid how much how often."""
    paid = Counter((row.account_tail, row.amount) for row in rows if row.state == "outgoing")
    matched = {(row.account_tail, row.amount) for row in rows if row.item != Item.BANK_ENTRY}
    payee = {row.id: (row.account_tail, row.amount) for row in rows}

    def kind_of(key: Key, there: int | None, here: int | None) -> DifferenceKind:
        item, subject_id = key
        if item is Item.BANK_ENTRY:
            who = payee.get(subject_id)
            is_again = who is not None and who in matched and paid[who] > 1
            return DifferenceKind.PAID_TWICE if is_again else DifferenceKind.OUTGOING_UNMATCHED
        if item is Item.ENTRY:
            return DifferenceKind.ENTRY_UNKNOWN
        if there is None:
            return DifferenceKind.NOT_AT_BANK
        if here is None:
            return DifferenceKind.ANSWER_MISSING
        return DifferenceKind.AMOUNT_DIFFERS

    return kind_of


_WAITING = {
    EntryState.UNIDENTIFIED: DifferenceKind.RECEIPT_UNIDENTIFIED,
    EntryState.PROPOSED: DifferenceKind.RECEIPT_UNIDENTIFIED,
    EntryState.RETURNING: DifferenceKind.RETURN_WAITING,
}


def _waiting(row: Any) -> Found | None:
    kind = _WAITING.get(EntryState(row.state))
    if kind is None:
        return None
    return Found(
        item=Item.BANK_ENTRY,
        subject_id=row.id,
        kind=kind,
        provider_amount=row.amount,
        recorded_amount=None,
        booked_amount=row.amount,
    )
