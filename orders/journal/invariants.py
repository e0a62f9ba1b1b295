"""What must hold of the journal at every moment; each query returns the rows that break it."""

from marketplace.invariants import Invariant
from orders.journal.agreement import unlike_balance, unlike_entries

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
        sql=unlike_entries(
            """
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
            """,
            "payment_captured",
            "trade_paid",
            "refund_agreed",
            "refund_paid",
            "refund_returned",
        ),
    ),
    Invariant(
        code="I3",
        title="欠买家的钱恰等于尚未退到的款",
        sql=unlike_balance(
            "buyers_clearing",
            """
                SELECT coalesce(sum(amount), 0) AS amount FROM refunds
                WHERE state <> 'succeeded' AND currency = 'CNY'
            """,
            is_credit=True,
        ),
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
                        OR (p.order_id IS NULL AND e.kind NOT IN
                            ('statement_paid', 'statement_transferred', 'transfer_reversed'))))
        """,
    ),
    Invariant(
        code="I9",
        title="各科目的日汇总等于已结之日的明细之和",
        sql="""
            SELECT booked_on, account_kind, owner_id, sum(debit) AS debit, sum(credit) AS credit
            FROM (
                SELECT booked_on, account_kind, owner_id, debit_fen AS debit, credit_fen AS credit
                FROM journal_daily_sums
                UNION ALL
                SELECT booked_on, account_kind, owner_id, -greatest(amount_fen, 0),
                       least(amount_fen, 0)
                FROM journal_postings
                WHERE booked_on <= (SELECT max(folded_on) FROM folded_days
                                    WHERE ledger = 'journal')
            ) d
            GROUP BY booked_on, account_kind, owner_id
            HAVING sum(debit) <> 0 OR sum(credit) <> 0
        """,
    ),
    Invariant(
        code="I9",
        title="月末余额等于截至月末的日汇总之和，月发生额等于当月日汇总之和",
        sql="""
            SELECT month_end, account_kind, owner_id, sum(balance) AS balance
            FROM (
                SELECT month_end, account_kind, owner_id, balance_fen AS balance,
                       debit_fen AS debit, credit_fen AS credit
                FROM journal_month_sums
                UNION ALL
                SELECT m.month_end, s.account_kind, s.owner_id, s.credit_fen - s.debit_fen,
                       CASE WHEN s.booked_on >= date_trunc('month', m.month_end)
                            THEN -s.debit_fen ELSE 0 END,
                       CASE WHEN s.booked_on >= date_trunc('month', m.month_end)
                            THEN -s.credit_fen ELSE 0 END
                FROM (SELECT DISTINCT month_end FROM journal_month_sums) m
                JOIN journal_daily_sums s ON s.booked_on <= m.month_end
            ) d
            GROUP BY month_end, account_kind, owner_id
            HAVING sum(balance) <> 0 OR sum(debit) <> 0 OR sum(credit) <> 0
        """,
    ),
    Invariant(
        code="I9",
        title="已结之日的凭证数与分录数相等，凭证号逐月连续",
        sql="""
            SELECT coalesce(n.booked_on, e.booked_on) AS booked_on, n.entries, e.entries AS booked
            FROM (
                SELECT booked_on, entries, first_number, 1 + coalesce(sum(entries) OVER (
                    PARTITION BY date_trunc('month', booked_on) ORDER BY booked_on
                    ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0) AS expected
                FROM journal_days
            ) n
            FULL JOIN (
                SELECT booked_on, count(*) AS entries FROM journal_entries
                WHERE booked_on <= (SELECT max(folded_on) FROM folded_days
                                    WHERE ledger = 'journal')
                GROUP BY booked_on
            ) e ON e.booked_on = n.booked_on
            WHERE n.entries IS DISTINCT FROM e.entries OR n.first_number <> n.expected
        """,
    ),
]
