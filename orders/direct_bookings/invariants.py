"""What must hold of direct bookings at every moment; each query returns the rows that break it."""

from marketplace.invariants import Invariant
from orders.bank_entries.models import DIRECT
from orders.journal.direct_entries import SQL_KINDS

_SAID = ", ".join(f"'{kind}'" for kind in sorted(DIRECT))

INVARIANTS = [
    Invariant(
        code="I3",
        title="每笔经两人复核的直接入账恰记一笔分录，金额相同",
        sql=f"""
            SELECT coalesce(said.id, booked.cause_id) AS cause_id
            FROM (
                SELECT id, amount_fen FROM direct_bookings WHERE state = 'confirmed'
                UNION ALL
                SELECT id, amount_fen FROM bank_matches
                WHERE state = 'confirmed' AND kind IN ({_SAID})
            ) said
            FULL JOIN (
                SELECT e.cause_id, count(DISTINCT e.id) AS entries, sum(p.amount_fen) FILTER (
                    WHERE p.account_kind IN ('bank', 'provider_clearing', 'unidentified_receipts')
                ) AS amount
                FROM journal_entries e JOIN journal_postings p ON p.entry_id = e.id
                WHERE e.kind IN {SQL_KINDS}
                GROUP BY e.cause_id
            ) booked ON booked.cause_id = said.id
            WHERE booked.entries IS DISTINCT FROM 1 OR booked.amount IS DISTINCT FROM said.amount_fen
        """,  # noqa: S608 - our own names
    ),
    Invariant(
        code="I3",
        title="直接入账的金额等于其银行支出或渠道流水，且不另有对应的付款",
        sql="""
            SELECT b.id
            FROM direct_bookings b
            LEFT JOIN bank_entries e ON e.id = b.bank_entry_id
            LEFT JOIN provider_movements m ON m.id = b.movement_id
            LEFT JOIN outgoing_matches o ON o.bank_entry_id = e.id AND o.undone_at IS NULL
            WHERE b.state <> 'rejected'
              AND (o.id IS NOT NULL OR (e.id IS NOT NULL AND e.state <> 'outgoing')
                   OR (m.id IS NOT NULL AND m.currency <> 'CNY')
                   OR b.amount_fen <> coalesce(-e.amount_fen, m.amount))
        """,
    ),
]
