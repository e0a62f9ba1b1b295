"""What must hold of debts at every moment; each query returns the rows that break it."""

from marketplace.invariants import Invariant

INVARIANTS = [
    Invariant(
        code="I3",
        title="核销的应付款由两位财务核销，账上的坏账和收回与之相等",
        sql="""
            SELECT r.id
            FROM (SELECT * FROM receivables WHERE written_off_at IS NOT NULL) r
            FULL JOIN (SELECT * FROM debt_write_offs WHERE state = 'confirmed') w
                   ON w.buying_unit_id = r.buying_unit_id AND w.receivable_id = r.id
            WHERE r.id IS NULL OR w.id IS NULL OR w.decided_by = w.proposed_by
               OR r.written_off_fen > w.amount_fen
            UNION ALL
            SELECT NULL
            FROM (
                SELECT coalesce(sum(amount_fen) FILTER (WHERE account_kind = 'bad_debts'), 0)
                           AS lost,
                       coalesce(-sum(amount_fen) FILTER
                           (WHERE account_kind = 'bad_debts_recovered'), 0) AS recovered
                FROM journal_postings WHERE account_kind IN ('bad_debts', 'bad_debts_recovered')
            ) booked,
            (
                SELECT coalesce(sum(written_off_fen), 0) AS lost,
                       coalesce(sum(recovered_fen), 0) AS recovered
                FROM receivables
            ) said
            WHERE booked.lost <> said.lost OR booked.recovered <> said.recovered
        """,
    ),
    Invariant(
        code="I3",
        title="每个单位的应收账款等于其先货后款订单的未付款",
        sql="""
            SELECT coalesce(booked.owner_id, owed.buying_unit_id) AS buying_unit_id
            FROM (
                SELECT owner_id, sum(amount_fen) AS amount FROM journal_postings
                WHERE account_kind = 'unit_receivables' GROUP BY 1
            ) booked
            FULL JOIN (
                SELECT buying_unit_id,
                       sum(amount_fen - reduced_fen - paid_fen + returned_fen
                           - written_off_fen + recovered_fen) AS amount
                FROM receivables GROUP BY 1
            ) owed ON owed.buying_unit_id = booked.owner_id
            WHERE coalesce(booked.amount, 0) <> coalesce(owed.amount, 0)
        """,
    ),
    Invariant(
        code="I3",
        title="应付款的归还等于其各笔归还之和，冲减等于其已办退款",
        sql="""
            SELECT r.id
            FROM receivables r
            LEFT JOIN (
                SELECT buying_unit_id, receivable_id, sum(amount_fen) AS paid,
                       sum(returned_fen) AS returned
                FROM repayments GROUP BY 1, 2
            ) p ON p.buying_unit_id = r.buying_unit_id AND p.receivable_id = r.id
            LEFT JOIN (
                SELECT order_id, sum(amount) AS amount FROM refunds
                WHERE reason = 'aftersales' AND state = 'succeeded' GROUP BY 1
            ) b ON b.order_id = r.order_id
            WHERE r.paid_fen <> coalesce(p.paid, 0) OR r.returned_fen <> coalesce(p.returned, 0)
               OR r.reduced_fen <> coalesce(b.amount, 0)
            UNION ALL
            SELECT a.id
            FROM payment_attempts a
            LEFT JOIN (SELECT attempt_id, sum(amount_fen) AS amount FROM repayments GROUP BY 1) p
                   ON p.attempt_id = a.id
            WHERE coalesce(p.amount, 0)
                  <> CASE WHEN a.outcome = 'repaid' THEN a.captured ELSE 0 END
        """,
    ),
    Invariant(
        code="I8",
        title="先货后款的订单恰有一笔应付款，付清才完成，验收才到期",
        sql="""
            SELECT coalesce(o.id, r.order_id)
            FROM (SELECT * FROM orders WHERE goods_first AND total_fen > 0) o
            FULL JOIN receivables r ON r.order_id = o.id
            WHERE o.id IS NULL OR r.id IS NULL OR r.amount_fen <> o.total_fen
               OR r.trade_id <> o.trade_id OR r.cooperative_id <> o.cooperative_id
               OR r.buying_unit_id IS DISTINCT FROM o.buying_unit_id
               OR r.settled_at IS DISTINCT FROM o.settled_at
               OR (o.state = 'completed' AND r.settled_at IS NULL AND r.written_off_at IS NULL)
               OR r.written_off_at IS DISTINCT FROM o.debt_written_off_at
               OR (o.accepted_at IS NULL) <> (r.due_on IS NULL)
        """,
    ),
    Invariant(
        code="I6",
        title="应付款和额度的采购单位存在，额度由两位财务授予",
        sql="""
            SELECT t.id FROM pay_later_terms t
            LEFT JOIN buying_units u ON u.id = t.buying_unit_id
            LEFT JOIN pay_later_changes c ON c.buying_unit_id = t.buying_unit_id
                 AND c.state = 'confirmed' AND c.limit_fen = t.limit_fen
                 AND c.decided_by <> c.proposed_by
            WHERE u.id IS NULL OR c.id IS NULL
        """,
    ),
]
