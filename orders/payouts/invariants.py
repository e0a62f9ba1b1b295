"""What must hold of payouts at every moment; each query returns the rows that break it."""

from marketplace.invariants import Invariant

INVARIANTS = [
    Invariant(
        code="I5",
        title="结算单的付款状态与其最近一次付款相符，金额相同，批次合计等于各笔之和",
        sql="""
            SELECT s.id
            FROM statements s
            JOIN payouts p ON p.cooperative_id = s.cooperative_id AND p.statement_id = s.id
            WHERE p.amount_fen <> s.payable_fen
               OR (p.state = 'paid') <> (s.state = 'paid') AND p.state <> 'failed'
               OR (p.state = 'sent' AND s.state <> 'released')
               OR (p.state = 'paid' AND p.bank_serial IS DISTINCT FROM s.bank_serial)
            UNION ALL
            SELECT b.id
            FROM payout_batches b
            LEFT JOIN payouts p ON p.batch_id = b.id
            GROUP BY b.id
            HAVING count(p.id) <> b.payouts OR coalesce(sum(p.amount_fen), 0) <> b.total_fen
        """,
    ),
]
