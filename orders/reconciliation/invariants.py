"""What must hold of reconciliation at every moment; each query returns the rows that break it."""

from marketplace.invariants import Invariant
from orders.journal.agreement import unlike_balance

INVARIANTS = [
    Invariant(
        code="I3",
        title="每项结案的差异有人、有理由，且与最后一次结案时的事实相同",
        sql="""
            SELECT d.id
            FROM reconciliation_differences d
            LEFT JOIN LATERAL (
                SELECT * FROM reconciliation_steps s
                WHERE s.difference_id = d.id ORDER BY s.id DESC LIMIT 1
            ) s ON true
            WHERE s.id IS NULL
               OR (d.state = 'closed' AND (s.step <> 'closed' OR s.taken_by <> d.closed_by
                    OR s.reason <> d.reason OR length(trim(d.reason)) = 0 OR s.kind <> d.kind
                    OR s.provider_amount IS DISTINCT FROM d.provider_amount
                    OR s.recorded_amount IS DISTINCT FROM d.recorded_amount
                    OR s.booked_amount IS DISTINCT FROM d.booked_amount))
               OR (d.state <> 'closed' AND s.step = 'closed')
        """,
    ),
    Invariant(
        code="I3",
        title="核对完成的一天，两边合计之差恰为各项差异之和",
        sql="""
            SELECT r.id
            FROM reconciliation_runs r
            LEFT JOIN reconciliation_differences d ON d.run_id = r.id
            WHERE r.state = 'done'
            GROUP BY r.id
            HAVING r.provider_fen - r.booked_fen <> coalesce(sum(d.gap_fen), 0)
        """,
    ),
    Invariant(
        code="I3",
        title="手续费和渠道打款的分录与渠道流水逐笔相同",
        sql="""
            SELECT e.id
            FROM journal_entries e
            LEFT JOIN provider_movements m ON m.id = e.cause_id
            JOIN journal_postings p ON p.entry_id = e.id AND p.account_kind = 'provider_clearing'
            WHERE e.kind IN ('provider_fee_taken', 'provider_paid_out')
              AND (m.id IS NULL OR m.currency <> 'CNY' OR p.amount_fen <> CASE
                    WHEN e.kind = 'provider_paid_out' THEN m.amount
                    WHEN m.kind = 'fee' THEN m.amount - m.fee
                    ELSE -m.fee END)
        """,
    ),
    Invariant(
        code="I3",
        title="在途资金等于渠道打款减去已认领到账的部分",
        sql=unlike_balance(
            "money_in_transit",
            """
                SELECT coalesce(sum(amount), 0) AS amount FROM (
                    SELECT sum(p.amount_fen) AS amount
                    FROM journal_entries e JOIN journal_postings p ON p.entry_id = e.id
                    WHERE e.kind = 'provider_paid_out' AND p.account_kind = 'money_in_transit'
                    UNION ALL
                    SELECT -sum(amount_fen) FROM bank_matches
                    WHERE state = 'confirmed' AND kind = 'payout'
                ) parts
            """,
        ),
    ),
    Invariant(
        code="I3",
        title="每笔银行支出至多对应一笔付款，金额方向相符",
        sql="""
            SELECT m.id
            FROM outgoing_matches m
            JOIN bank_entries e ON e.id = m.bank_entry_id
            LEFT JOIN payouts p ON m.item = 'payout' AND p.id = m.subject_id
            LEFT JOIN bank_refunds b ON m.item = 'bank_refund' AND b.id = m.subject_id
            LEFT JOIN refund_settlements s ON m.item = 'refund_settlement' AND s.id = m.subject_id
            WHERE m.undone_at IS NULL
              AND (e.state <> 'outgoing'
                   OR (p.id IS NULL AND b.id IS NULL AND s.id IS NULL)
                   OR (m.rule <> 'serial' AND e.amount_fen <> coalesce(p.amount_fen, b.amount_fen,
                        e.amount_fen)))
        """,
    ),
]
