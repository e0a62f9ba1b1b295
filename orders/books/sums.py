"""Balances and turnover from folded months and days, and what came after: history is never scanned.

Written out in SQL: each figure comes from one statement, so that a day that is being folded is read
on one side or the other, never on both or neither.
"""

import uuid
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import text

from marketplace import clock
from marketplace.database import db
from marketplace.days.queries import find_last_folded_day
from orders.journal.models import AccountKind
from orders.journal.service import LEDGER
from orders.journal.sums import end_of_month

NEVER, FOREVER = date(1970, 1, 1), date(9999, 12, 31)

# The newest month that is summed up to a day, the days behind it, and the postings behind those.
_UP_TO = """
    SELECT account_kind, owner_id, balance_fen AS opening_fen, 0::bigint AS debit_fen,
        0::bigint AS credit_fen
    FROM journal_month_sums
    WHERE month_end = (SELECT max(month_end) FROM journal_month_sums WHERE month_end <= :before)
        {narrow}
    UNION ALL
    SELECT account_kind, owner_id, debit_fen - credit_fen, 0, 0
    FROM journal_daily_sums
    WHERE booked_on <= :before AND booked_on > coalesce((SELECT max(month_end)
        FROM journal_month_sums WHERE month_end <= :before), DATE '1970-01-01') {narrow}
    UNION ALL
    SELECT account_kind, owner_id, amount_fen, 0, 0
    FROM journal_postings
    WHERE booked_on <= :before AND booked_on > coalesce((SELECT max(folded_on)
        FROM folded_days WHERE ledger = 'journal'), DATE '1970-01-01') {narrow}
"""
# Whole months by their sums, the days around them by theirs, later ones by their postings.
_WITHIN = """
    UNION ALL
    SELECT account_kind, owner_id, 0, debit_fen, credit_fen
    FROM journal_month_sums
    WHERE month_end BETWEEN :months_from AND :months_to {narrow}
    UNION ALL
    SELECT account_kind, owner_id, 0, debit_fen, credit_fen
    FROM journal_daily_sums
    WHERE booked_on BETWEEN :start_on AND :end_on
        AND NOT booked_on BETWEEN :months_from AND :months_to {narrow}
    UNION ALL
    SELECT account_kind, owner_id, 0, greatest(amount_fen, 0), greatest(-amount_fen, 0)
    FROM journal_postings
    WHERE booked_on BETWEEN :start_on AND :end_on AND booked_on > coalesce((SELECT max(folded_on)
        FROM folded_days WHERE ledger = 'journal'), DATE '1970-01-01') {narrow}
"""
# The part of a day that lies before a moment. A sale at midnight may be booked on the day after.
_BEFORE_THE_MOMENT = """
    UNION ALL
    SELECT account_kind, owner_id, amount_fen, 0, 0
    FROM journal_entries e JOIN journal_postings p ON p.entry_id = e.id
    WHERE e.booked_on BETWEEN :moment_on AND :moment_on + 1 AND e.recorded_at <= :moment {narrow}
"""
_SUMS = """
SELECT account_kind, {owner} AS owner_id, sum(opening_fen)::bigint AS opening_fen,
    sum(debit_fen)::bigint AS debit_fen, sum(credit_fen)::bigint AS credit_fen
FROM ({parts}) AS parts
GROUP BY 1, 2
HAVING sum(opening_fen) <> 0 OR sum(debit_fen) <> 0 OR sum(credit_fen) <> 0
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Turnover:
    """An account in a period, in fen; debits are positive, so credits stand below zero in balances."""

    account: AccountKind
    owner_id: uuid.UUID | None
    opening_fen: int
    debit_fen: int
    credit_fen: int

    @property
    def closing_fen(self) -> int:
        """The balance at the end."""
        return self.opening_fen + self.debit_fen - self.credit_fen


@dataclass(frozen=True, slots=True, kw_only=True)
class Narrowing:
    """Which accounts are summed, and whether each owner's by itself."""

    by_owner: bool = False
    account: AccountKind | None = None
    owner_id: uuid.UUID | None = None


def list_turnover(start_on: date, end_on: date, narrowing: Narrowing) -> list[Turnover]:
    """Return the accounts that hold or moved something in a period, both days included."""
    months = _whole_months(start_on, end_on)
    values = {
        "before": start_on - timedelta(days=1),
        "start_on": start_on,
        "end_on": end_on,
        "months_from": months[0],
        "months_to": months[1],
    }
    return _fetch(_UP_TO + _WITHIN, values, narrowing)


def list_balances(on: date, narrowing: Narrowing) -> list[Turnover]:
    """Return the accounts that held something at the end of a day; ``opening_fen`` is what."""
    return _fetch(_UP_TO, {"before": on}, narrowing)


def list_balances_at(moment: datetime, narrowing: Narrowing) -> list[Turnover]:
    """Return the accounts that held something at a moment, by when each entry was recorded."""
    day = clock.shanghai_date(moment)
    values = {"before": day - timedelta(days=1), "moment_on": day, "moment": moment}
    return _fetch(_UP_TO + _BEFORE_THE_MOMENT, values, narrowing)


def get_balance(account: AccountKind, owner_id: uuid.UUID | None, on: date) -> int:
    """Return the balance of one account at the end of a day, in fen."""
    wanted = Narrowing(by_owner=True, account=account, owner_id=owner_id)
    return sum(each.opening_fen for each in list_balances(on, wanted))


def _fetch(parts: str, values: dict[str, Any], wanted: Narrowing) -> list[Turnover]:
    narrow = ""
    if wanted.account is not None:
        narrow += " AND account_kind = :account"
        values["account"] = wanted.account
    if wanted.owner_id is not None:
        narrow += " AND owner_id = :owner"
        values["owner"] = wanted.owner_id
    owner = "owner_id" if wanted.by_owner else "NULL::uuid"
    sql = _SUMS.format(parts=parts.format(narrow=narrow), owner=owner)
    return [
        Turnover(
            account=AccountKind(row.account_kind),
            owner_id=row.owner_id,
            opening_fen=row.opening_fen,
            debit_fen=row.debit_fen,
            credit_fen=row.credit_fen,
        )
        for row in db.session.execute(text(sql), values)
    ]


def _whole_months(start_on: date, end_on: date) -> tuple[date, date]:
    """Return the whole months inside a period that are folded; a range of nothing if there is none."""
    folded = find_last_folded_day(LEDGER) or NEVER
    first = start_on if start_on.day == 1 else end_of_month(start_on) + timedelta(days=1)
    last = min(end_on, folded)
    if last != end_of_month(last):
        last = last.replace(day=1) - timedelta(days=1)
    return (first, last) if first <= last else (FOREVER, NEVER)
