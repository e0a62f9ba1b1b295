"""What must hold of bank refunds at every moment; each query returns the rows that break it."""

from marketplace.invariants import Invariant

INVARIANTS = [
    Invariant(
        code="I3",
        title="退款由银行全部付出时才算退到，付给每个账户的不超过其转来的",
        sql="""
            SELECT r.id
            FROM refunds r
            JOIN payment_attempts a ON a.account_id = r.account_id AND a.id = r.attempt_id
            LEFT JOIN (
                SELECT account_id, refund_id,
                       sum(amount_fen) FILTER (WHERE state = 'paid') AS paid,
                       sum(amount_fen) FILTER (WHERE state <> 'failed') AS live
                FROM bank_refunds WHERE refund_id IS NOT NULL GROUP BY 1, 2
            ) b ON b.account_id = r.account_id AND b.refund_id = r.id
            WHERE (a.provider = 'bank_transfer' OR b.refund_id IS NOT NULL)
              AND (coalesce(b.live, 0) > r.amount
                   OR (r.state = 'succeeded') <> (coalesce(b.paid, 0) = r.amount))
            UNION ALL
            SELECT e.id
            FROM bank_entries e
            JOIN bank_refunds b ON b.bank_entry_id = e.id AND b.state <> 'failed'
            GROUP BY e.id
            HAVING sum(b.amount_fen) > e.amount_fen
        """,
    ),
    Invariant(
        code="I3",
        title="退款清单合计等于各笔之和，银行付款的清单由另一位财务放行",
        sql="""
            SELECT l.id
            FROM bank_refund_lists l
            LEFT JOIN bank_refunds b ON b.list_id = l.id
            GROUP BY l.id
            HAVING count(b.id) <> l.payments OR coalesce(sum(b.amount_fen), 0) <> l.total_fen
                OR (l.state <> 'released' AND bool_or(b.state = 'paid'))
                OR (l.state = 'released' AND l.decided_by = l.made_by)
        """,
    ),
    Invariant(
        code="I3",
        title="无主收款已退回，当且仅当银行付出",
        sql="""
            SELECT e.id
            FROM bank_entries e
            LEFT JOIN bank_refunds b ON b.bank_entry_id = e.id AND b.refund_id IS NULL
                 AND b.state = 'paid'
            WHERE (e.state = 'returned') <> (b.id IS NOT NULL)
        """,
    ),
]
