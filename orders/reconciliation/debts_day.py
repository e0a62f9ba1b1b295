"""A day of goods first, paid later: orders and debts against the journal; no provider is involved."""

import uuid
from datetime import date
from typing import Any

from marketplace.statements import fetch_all
from orders.reconciliation.bank_day import AROUND
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

CHANNEL = "pay_later"

# A debt arises when goods are released, and falls by repayments.
_DEBTS = """
SELECT 'order' AS item, order_id AS subject_id, amount_fen AS amount,
    (released_at AT TIME ZONE 'Asia/Shanghai')::date AS day
FROM receivables WHERE released_at >= %(start)s AND released_at < %(end)s
UNION ALL
SELECT 'payment', attempt_id, -sum(amount_fen)::bigint,
    (min(paid_at) AT TIME ZONE 'Asia/Shanghai')::date
FROM repayments WHERE paid_at >= %(start)s AND paid_at < %(end)s
GROUP BY attempt_id
ORDER BY item, subject_id
"""
_BOOKED = """
SELECT CASE e.kind WHEN 'goods_released' THEN 'order' ELSE 'payment' END AS item,
    e.cause_id AS subject_id, sum(p.amount_fen)::bigint AS amount, p.booked_on AS day
FROM journal_postings p JOIN journal_entries e ON e.id = p.entry_id
WHERE p.account_kind IN ('unit_receivables', 'bad_debts_recovered')
  AND e.kind IN ('goods_released', 'receivable_paid')
  AND p.booked_on BETWEEN %(first)s AND %(last)s
GROUP BY e.id, p.booked_on ORDER BY e.id
"""
# What a unit owes altogether: the only place where refunds enter, which fall on any of its debts.
_UNITS = """
SELECT coalesce(o.unit_id, b.unit_id) AS unit_id, o.owed, b.booked
FROM (
    SELECT buying_unit_id AS unit_id,
        sum(amount_fen - reduced_fen - paid_fen + returned_fen - written_off_fen
            + recovered_fen)::bigint AS owed
    FROM receivables GROUP BY 1
) o
FULL JOIN (
    SELECT owner_id AS unit_id, sum(amount_fen)::bigint AS booked
    FROM journal_postings WHERE account_kind = 'unit_receivables' GROUP BY 1
) b ON b.unit_id = o.unit_id
WHERE coalesce(o.owed, 0) <> coalesce(b.booked, 0)
ORDER BY 1
"""
_ORDERS = """
SELECT o.id, o.total_fen FROM orders o JOIN receivables r ON r.order_id = o.id
WHERE r.released_at >= %(start)s AND r.released_at < %(end)s AND r.amount_fen <> o.total_fen
ORDER BY o.id
"""


def _legs(first: date, last: date) -> tuple[list[Leg], list[Leg]]:
    values = _values(first, last)
    there, here = (
        [Leg(Item(row.item), row.subject_id, row.day, row.amount) for row in fetch_all(sql, values)]
        for sql in (_DEBTS, _BOOKED)
    )
    return there, here


def _values(first: date, last: date) -> dict[str, Any]:
    return {"first": first, "last": last, "start": bounds(first)[0], "end": bounds(last)[1]}


def list_sums(first: date, last: date) -> dict[date, Sums]:
    """Return what both sides moved on each day from first to last, as they stand now."""
    return sums_of(*_legs(first, last))


def compare(day: date) -> Comparison:
    """Compare the debts of a day with orders and journal, and what each unit owes altogether."""
    there, here = _legs(day - AROUND, day + AROUND)
    found = compare_legs(day, there, here, _kind_of)
    amounts = {leg.key: leg.amount for leg in there}
    for row in fetch_all(_ORDERS, _values(day, day)):
        key = (Item.TRADE, row.id)
        booked = amounts.get((Item.ORDER, row.id))
        found.append(_unlike(key, DifferenceKind.ORDERS_DIFFER, booked, row.total_fen, booked))
    found += [
        _unlike((Item.UNIT, row.unit_id), DifferenceKind.DEBT_DIFFERS, row.owed, None, row.booked)
        for row in fetch_all(_UNITS, {})
    ]
    return Comparison(sums_of(there, here).get(day, NOTHING), found)


def _unlike(
    key: tuple[Item, uuid.UUID],
    kind: DifferenceKind,
    there: int | None,
    recorded: int | None,
    booked: int | None,
) -> Found:
    return Found(
        item=key[0],
        subject_id=key[1],
        kind=kind,
        provider_amount=there,
        recorded_amount=recorded,
        booked_amount=booked,
    )


def _kind_of(key: Key, there: int | None, here: int | None) -> DifferenceKind:
    if there is None:
        return DifferenceKind.ENTRY_UNKNOWN
    return DifferenceKind.NOT_BOOKED if here is None else DifferenceKind.BOOKED_OTHERWISE
