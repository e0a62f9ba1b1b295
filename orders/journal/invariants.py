"""What must hold of the journal at every moment; each query returns the rows that break it."""

from marketplace.invariants import Invariant

INVARIANTS = [
    Invariant(
        code="I1",
        title="每笔分录借贷相抵，至少两条明细，与分录同日",
        sql="""
            SELECT e.id
            FROM journal_entries e
            LEFT JOIN journal_postings p ON p.entry_id = e.id
            GROUP BY e.id
            HAVING count(p.id) < 2 OR sum(p.amount_fen) <> 0
                OR bool_or(p.booked_on <> e.booked_on)
        """,
    ),
    Invariant(
        code="I3",
        title="到账、付清、同意退款、退款到账、退款退回各恰记一笔，金额相同",
        sql="""
            SELECT coalesce(due.cause_id, e.cause_id) AS cause_id, coalesce(due.kind, e.kind) AS kind
            FROM (
                SELECT id AS cause_id, 'payment_captured' AS kind, captured AS amount
                FROM payment_attempts WHERE captured > 0 AND captured_currency = 'CNY'
                UNION ALL
                SELECT t.id, 'trade_paid', t.total_fen + coalesce(sum(o.platform_discount_fen), 0)
                FROM trades t LEFT JOIN orders o ON o.trade_id = t.id
                WHERE t.state = 'paid' GROUP BY t.id HAVING t.total_fen > 0
                UNION ALL
                SELECT id, 'refund_agreed', amount + coupon_fen FROM refunds WHERE reason = 'aftersales'
                UNION ALL
                SELECT coalesce((SELECT max(b.id::text)::uuid FROM refund_returns b
                                 WHERE b.account_id = r.account_id AND b.refund_id = r.id), r.id),
                       'refund_paid', r.amount
                FROM refunds r
                WHERE r.state = 'succeeded' AND r.currency = 'CNY'
                UNION ALL
                SELECT coalesce(lag(id) OVER (PARTITION BY refund_id ORDER BY id), refund_id),
                       'refund_paid', amount
                FROM refund_returns WHERE currency = 'CNY'
                UNION ALL
                SELECT id, 'refund_returned', amount FROM refund_returns WHERE currency = 'CNY'
            ) due
            FULL JOIN (
                SELECT e.cause_id, e.kind,
                       sum(p.amount_fen) FILTER (WHERE p.amount_fen > 0) AS amount
                FROM journal_entries e JOIN journal_postings p ON p.entry_id = e.id
                WHERE e.kind IN
                    ('payment_captured', 'trade_paid', 'refund_agreed', 'refund_paid',
                     'refund_returned')
                GROUP BY e.cause_id, e.kind
            ) e ON e.cause_id = due.cause_id AND e.kind = due.kind
            WHERE e.amount IS DISTINCT FROM due.amount
        """,
    ),
    Invariant(
        code="I3",
        title="欠买家的钱恰等于尚未退到的款",
        sql="""
            SELECT booked.amount AS booked_fen, owed.amount AS owed_fen
            FROM (
                SELECT coalesce(-sum(amount_fen), 0) AS amount FROM journal_postings
                WHERE account_kind = 'buyers_clearing'
            ) booked,
            (
                SELECT coalesce(sum(amount), 0) AS amount FROM refunds
                WHERE state <> 'succeeded' AND currency = 'CNY'
            ) owed
            WHERE booked.amount <> owed.amount
        """,
    ),
    Invariant(
        code="I6",
        title="明细所记的订单属于所记的合作社，合作社存在",
        sql="""
            SELECT p.id
            FROM journal_postings p
            JOIN journal_entries e ON e.id = p.entry_id
            LEFT JOIN orders o ON o.id = p.order_id
            LEFT JOIN cooperatives c ON c.id = p.owner_id
            WHERE (p.order_id IS NOT NULL AND o.id IS NULL)
               OR (p.account_kind IN ('cooperative_pending', 'cooperative_payable')
                   AND (c.id IS NULL OR o.cooperative_id <> p.owner_id
                        OR (p.order_id IS NULL AND e.kind <> 'statement_paid')))
        """,
    ),
]
