"""Reading both sides of the bank account up to the end of a day, and the opening balance."""

import uuid
from datetime import date
from typing import Any

from sqlalchemy import Select, func, select

from marketplace.clock import shanghai_date
from marketplace.database import db
from marketplace.statements import fetch_all
from orders.bank_balance.errors import BankOpeningNotFound
from orders.bank_balance.models import BankOpening, OpeningState
from orders.bank_entries.models import BankEntry
from orders.reconciliation.bank_day import BOOKED_LEGS, ENTRY_LEGS
from orders.reconciliation.found import bounds

# Both sides grouped by what names a thing; what is alike on both needs nobody.
_OUTSTANDING = f"""
WITH bank AS (
    SELECT item, subject_id, sum(amount)::bigint AS amount, min(day) AS day
    FROM ({ENTRY_LEGS} WHERE e.occurred_at < %(end)s) AS entries GROUP BY 1, 2
    UNION ALL
    SELECT 'opening', id, amount_fen, day FROM bank_openings
    WHERE state = 'confirmed' AND day <= %(day)s
), booked AS (
    SELECT item, subject_id, sum(amount)::bigint AS amount, min(booked_on) AS day
    FROM ({BOOKED_LEGS} AND p.booked_on <= %(day)s) AS legs GROUP BY 1, 2
    UNION ALL
    SELECT 'opening', e.cause_id, p.amount_fen, p.booked_on
    FROM journal_entries e JOIN journal_postings p ON p.entry_id = e.id
    WHERE e.kind = 'bank_opened' AND p.account_kind = 'bank' AND p.booked_on <= %(day)s
)
SELECT item, subject_id, coalesce(bank.amount, 0) AS bank_fen, coalesce(booked.amount, 0) AS booked_fen,
    coalesce(bank.day, booked.day) AS day
FROM bank FULL JOIN booked USING (item, subject_id)
WHERE coalesce(bank.amount, 0) <> coalesce(booked.amount, 0)
ORDER BY 5, 2
"""  # noqa: S608 - our own names

# What the bank wrote beside the last entry. Of several at one moment it is the one that no other
# one of them goes on from.
_CARRIED = """
WITH latest AS (
    SELECT id, balance_fen,
        balance_fen - CASE state WHEN 'outgoing' THEN -amount_fen ELSE amount_fen END AS before_fen
    FROM bank_entries
    WHERE occurred_at = (SELECT max(occurred_at) FROM bank_entries WHERE occurred_at < %(end)s)
)
SELECT a.balance_fen FROM latest a
WHERE NOT EXISTS (SELECT FROM latest b WHERE b.id <> a.id AND b.before_fen = a.balance_fen)
"""
# What stood on the account before all entries, as the first one that carries a balance has it.
_IMPLIED = """
WITH first AS (
    SELECT id, balance_fen, occurred_at,
        balance_fen - CASE state WHEN 'outgoing' THEN -amount_fen ELSE amount_fen END AS before_fen
    FROM bank_entries
    WHERE balance_fen IS NOT NULL AND occurred_at = (
        SELECT min(occurred_at) FROM bank_entries WHERE balance_fen IS NOT NULL)
)
SELECT a.before_fen - coalesce((
    SELECT sum(CASE e.state WHEN 'outgoing' THEN -e.amount_fen ELSE e.amount_fen END)
    FROM bank_entries e WHERE e.occurred_at < a.occurred_at), 0)::bigint AS implied_fen
FROM first a
WHERE NOT EXISTS (SELECT FROM first b WHERE b.id <> a.id AND b.balance_fen = a.before_fen)
"""
_MOVED = """
SELECT coalesce(sum(amount) FILTER (WHERE day >= %(since)s), 0)::bigint AS since_fen,
    coalesce(sum(amount) FILTER (WHERE day < %(since)s), 0)::bigint AS before_fen
FROM (
    SELECT (occurred_at AT TIME ZONE 'Asia/Shanghai')::date AS day,
        CASE state WHEN 'outgoing' THEN -amount_fen ELSE amount_fen END AS amount
    FROM bank_entries WHERE occurred_at < %(end)s
) AS moved
"""


def list_outstanding(day: date) -> list[Any]:
    """Return what the bank and the books do not both have at the end of a day, the oldest first."""
    return fetch_all(_OUTSTANDING, {"day": day, "end": bounds(day)[1]})


def find_carried(day: date) -> int | None:
    """Return the closing balance that the imported entries carry, if they carry one that is plain."""
    rows = fetch_all(_CARRIED, {"end": bounds(day)[1]})
    return rows[0].balance_fen if len(rows) == 1 else None


def find_implied_opening() -> int | None:
    """Return the opening balance that the entries' own balances begin with, if it is plain."""
    rows = fetch_all(_IMPLIED, {})
    return int(rows[0].implied_fen) if len(rows) == 1 else None


def sum_entries(day: date, since: date) -> tuple[int, int]:
    """Return what the bank moved up to a day: from ``since`` on, and before it."""
    [row] = fetch_all(_MOVED, {"since": since, "end": bounds(day)[1]})
    return row.since_fen, row.before_fen


def find_first_day() -> date | None:
    """Return the day of the first entry that was imported."""
    first = db.session.scalar(select(func.min(BankEntry.occurred_at)))
    return None if first is None else shanghai_date(first)


def find_opening(state: OpeningState) -> BankOpening | None:
    """Return the opening balance that is confirmed, or that waits for a second officer."""
    return db.session.scalar(select(BankOpening).where(BankOpening.state == state))


def get_opening(opening_id: uuid.UUID) -> BankOpening:
    """Return an opening balance; raises BankOpeningNotFound."""
    found = db.session.get(BankOpening, opening_id, populate_existing=True)
    if found is None:
        raise BankOpeningNotFound
    return found


def select_waiting() -> Select[BankOpening]:
    """Select the opening balance that waits for a second officer."""
    return select(BankOpening).where(BankOpening.state == OpeningState.PROPOSED)
