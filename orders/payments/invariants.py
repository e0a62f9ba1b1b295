"""What must hold of payments at every moment; each query returns the rows that break it."""

from marketplace.invariants import Invariant

INVARIANTS = [
    Invariant(
        code="I6",
        title="付款的账号存在，售后退款的订单、合作社、买家和所付交易一致",
        sql="""
            SELECT a.id FROM payment_attempts a LEFT JOIN accounts u ON u.id = a.account_id
            WHERE u.id IS NULL
            UNION ALL
            SELECT r.id
            FROM refunds r
            JOIN payment_attempts a ON a.account_id = r.account_id AND a.id = r.attempt_id
            LEFT JOIN orders o ON o.id = r.order_id
            WHERE r.reason = 'aftersales'
              AND (o.id IS NULL OR o.cooperative_id <> r.cooperative_id
                   OR o.account_id <> r.account_id OR o.trade_id <> a.trade_id)
        """,
    ),
    Invariant(
        code="I8",
        title="没有被采用的到账款恰有一笔全额退款",
        sql="""
            SELECT a.id
            FROM payment_attempts a
            LEFT JOIN refunds r ON r.account_id = a.account_id AND r.attempt_id = a.id
            WHERE a.state = 'succeeded' AND a.outcome NOT IN ('accepted', 'repaid')
            GROUP BY a.id
            HAVING count(r.id) <> 1 OR bool_or(r.reason <> a.outcome)
                OR sum(r.amount) <> a.captured OR bool_or(r.currency <> a.captured_currency)
        """,
    ),
    Invariant(
        code="I8",
        title="付款状态与到账金额、退款状态与结束时间相符",
        sql="""
            SELECT id FROM payment_attempts
            WHERE (state = 'succeeded') <> (captured > 0)
               OR (state IN ('failed', 'closed', 'succeeded')) <> (ended_at IS NOT NULL)
               OR (outcome IN ('accepted', 'repaid')
                   AND (captured <> amount_fen OR captured_currency <> 'CNY'))
            UNION ALL
            SELECT id FROM refunds
            WHERE (state IN ('failed', 'succeeded')) <> (ended_at IS NOT NULL)
        """,
    ),
]
