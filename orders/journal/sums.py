"""The journal as days see it: what its digests cover, and the sums of days and months that are over."""

from calendar import monthrange
from collections.abc import Iterator
from datetime import date, timedelta

from sqlalchemy import text

from marketplace.database import db
from marketplace.days.ledgers import Ledger, register_ledger
from orders.journal.service import LEDGER

_DAYS = text("""
INSERT INTO journal_daily_sums (id, booked_on, account_kind, owner_id, debit_fen, credit_fen)
SELECT gen_random_uuid(), booked_on, account_kind, owner_id,
    coalesce(sum(amount_fen) FILTER (WHERE amount_fen > 0), 0),
    coalesce(-sum(amount_fen) FILTER (WHERE amount_fen < 0), 0)
FROM journal_postings
WHERE booked_on BETWEEN :first AND :last
GROUP BY booked_on, account_kind, owner_id
""")

# A month's numbers begin at one; those of earlier days of the month were given when they closed.
_NUMBERS = text("""
INSERT INTO journal_days (id, booked_on, first_number, entries)
SELECT gen_random_uuid(), d.booked_on,
    1 + coalesce(sum(d.entries) OVER (
            PARTITION BY date_trunc('month', d.booked_on) ORDER BY d.booked_on
            ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0)
      + coalesce((SELECT sum(e.entries) FROM journal_days e
            WHERE e.booked_on >= date_trunc('month', d.booked_on) AND e.booked_on < :first), 0),
    d.entries
FROM (
    SELECT booked_on, count(*) AS entries FROM journal_entries
    WHERE booked_on BETWEEN :first AND :last GROUP BY booked_on
) d
""")

_MONTH = text("""
INSERT INTO journal_month_sums
    (id, month_end, account_kind, owner_id, debit_fen, credit_fen, balance_fen)
SELECT gen_random_uuid(), :month_end, account_kind, owner_id, sum(debit_fen), sum(credit_fen),
    sum(before_fen + debit_fen - credit_fen)
FROM (
    SELECT account_kind, owner_id, 0::bigint AS before_fen, debit_fen, credit_fen
    FROM journal_daily_sums WHERE booked_on BETWEEN :month_begin AND :month_end
    UNION ALL
    SELECT account_kind, owner_id, balance_fen, 0, 0
    FROM journal_month_sums
    WHERE month_end = (SELECT max(month_end) FROM journal_month_sums
                       WHERE month_end < :month_begin)
) m
GROUP BY account_kind, owner_id
HAVING sum(debit_fen) > 0 OR sum(credit_fen) > 0 OR sum(before_fen) <> 0
""")


def make_sums(first: date, last: date) -> None:
    """Sum days that have just been closed by account, number their entries, and close months."""
    db.session.execute(_DAYS, {"first": first, "last": last})
    db.session.execute(_NUMBERS, {"first": first, "last": last})
    for month_end in _month_ends(first, last):
        values = {"month_begin": month_end.replace(day=1), "month_end": month_end}
        db.session.execute(_MONTH, values)


def _month_ends(first: date, last: date) -> Iterator[date]:
    day = end_of_month(first)
    while day <= last:
        yield day
        day = end_of_month(day + timedelta(days=1))


def end_of_month(day: date) -> date:
    """Return the last day of a day's month."""
    return day.replace(day=monthrange(day.year, day.month)[1])


JOURNAL = register_ledger(
    Ledger(
        name=LEDGER,
        table="journal_postings",
        contents=(
            "id",
            "entry_id",
            "(select e.kind || ' ' || e.cause_id from journal_entries e where e.id = entry_id)",
            "account_kind",
            "owner_id",
            "order_id",
            "amount_fen",
            "booked_on",
        ),
        make_sums=make_sums,
    )
)
