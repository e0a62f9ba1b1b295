"""What must hold of refunds paid by other means; the query returns the rows that break it."""

from marketplace.invariants import Invariant

INVARIANTS = [
    Invariant(
        code="I8",
        title="另行付清的退款已结束，恰记一笔银行付款，金额相同",
        sql="""
            SELECT coalesce(s.id, e.cause_id) AS id
            FROM (
                SELECT s.id, r.amount, r.state, r.currency FROM refund_settlements s
                JOIN refunds r ON r.account_id = s.account_id AND r.id = s.refund_id
                WHERE s.state = 'confirmed'
            ) s
            FULL JOIN (
                SELECT e.cause_id, -sum(p.amount_fen) AS amount FROM journal_entries e
                JOIN journal_postings p ON p.entry_id = e.id AND p.account_kind = 'bank'
                WHERE e.kind = 'refund_paid_otherwise' GROUP BY e.cause_id
            ) e ON e.cause_id = s.id
            WHERE s.id IS NULL OR s.state <> 'succeeded'
               OR e.amount IS DISTINCT FROM CASE WHEN s.currency = 'CNY' THEN s.amount END
        """,
    ),
]
