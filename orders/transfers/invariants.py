"""What must hold of transfers at every moment; each query returns the rows that break it."""

from marketplace.invariants import Invariant

INVARIANTS = [
    Invariant(
        code="I5",
        title="渠道内转账付清的恰记一笔，撤回的另记一笔冲回，金额相同",
        sql="""
            SELECT coalesce(p.id, e.cause_id)
            FROM (
                SELECT p.id, p.amount_fen, p.state FROM payouts p
                JOIN payout_batches b ON b.id = p.batch_id WHERE b.channel = 'transfer'
            ) p
            FULL JOIN (
                SELECT e.cause_id, sum(q.amount_fen) AS amount, count(*) AS entries
                FROM journal_entries e JOIN journal_postings q ON q.entry_id = e.id
                WHERE e.kind IN ('statement_transferred', 'transfer_reversed')
                  AND q.account_kind = 'cooperative_payable'
                GROUP BY e.cause_id
            ) e ON e.cause_id = p.id
            WHERE p.id IS NULL
               OR coalesce(e.amount, 0) <> CASE p.state WHEN 'paid' THEN p.amount_fen ELSE 0 END
               OR coalesce(e.entries, 0) > 2
        """,
    ),
    Invariant(
        code="I6",
        title="付款批次里的收款账户与批次的付款方式相同",
        sql="""
            SELECT p.id FROM payouts p
            JOIN payout_batches b ON b.id = p.batch_id
            JOIN payout_accounts a
              ON a.cooperative_id = p.cooperative_id AND a.id = p.payout_account_id
            WHERE a.channel <> b.channel
        """,
    ),
]
