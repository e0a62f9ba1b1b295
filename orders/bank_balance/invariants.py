"""What must hold of the opening balance; each query returns the rows that break it."""

from marketplace.invariants import Invariant

INVARIANTS = [
    Invariant(
        code="I3",
        title="经两人复核的银行期初余额恰记一笔分录，金额相同",
        sql="""
            SELECT coalesce(o.id, e.cause_id) AS id
            FROM (
                SELECT id, amount_fen FROM bank_openings
                WHERE state = 'confirmed' AND amount_fen > 0
            ) o
            FULL JOIN (
                SELECT e.cause_id, sum(p.amount_fen) AS amount
                FROM journal_entries e JOIN journal_postings p ON p.entry_id = e.id
                WHERE e.kind = 'bank_opened' AND p.account_kind = 'bank'
                GROUP BY e.cause_id
            ) e ON e.cause_id = o.id
            WHERE o.amount_fen IS DISTINCT FROM e.amount
        """,
    ),
]
