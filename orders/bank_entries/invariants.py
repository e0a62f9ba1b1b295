"""What must hold of the bank's entries at every moment; each query returns the rows that break it."""

from marketplace.invariants import Invariant
from orders.journal.agreement import unlike_balance
from orders.journal.entries import provider_owner
from orders.payments.bank_transfer.queries import PROVIDER

INVARIANTS = [
    Invariant(
        code="I3",
        title="银行存款等于期初余额加导入的收款减去已付货款、银行退款、另行付清的退款和直接入账的支出",
        sql=unlike_balance(
            "bank",
            """
                SELECT coalesce(sum(amount), 0) AS amount FROM (
                    SELECT sum(amount_fen) AS amount FROM bank_entries WHERE state <> 'outgoing'
                    UNION ALL SELECT -sum(payable_fen) FROM statements WHERE state = 'paid'
                    -- Some were paid inside the payment provider.
                    UNION ALL SELECT sum(p.amount_fen) FROM payouts p
                    JOIN payout_batches b ON b.id = p.batch_id
                    WHERE b.channel = 'transfer' AND p.state = 'paid'
                    UNION ALL SELECT -sum(amount_fen) FROM bank_refunds WHERE state = 'paid'
                    UNION ALL
                    SELECT -sum(r.amount) FROM refund_settlements s
                    JOIN refunds r ON r.account_id = s.account_id AND r.id = s.refund_id
                    WHERE s.state = 'confirmed' AND r.currency = 'CNY'
                    UNION ALL
                    SELECT sum(amount_fen) FROM direct_bookings
                    WHERE state = 'confirmed' AND bank_entry_id IS NOT NULL
                    UNION ALL SELECT amount_fen FROM bank_openings WHERE state = 'confirmed'
                ) all_moved
            """,
        ),
    ),
    Invariant(
        code="I3",
        title="待查款项等于收款减去已认领和已退回的部分",
        sql=unlike_balance(
            "unidentified_receipts",
            """
                SELECT coalesce(sum(amount), 0) AS amount FROM (
                    SELECT sum(amount_fen) AS amount FROM bank_entries WHERE state <> 'outgoing'
                    UNION ALL
                    SELECT -sum(amount_fen) FROM bank_matches
                    WHERE state = 'confirmed' AND kind <> 'return'
                    UNION ALL
                    SELECT -sum(amount_fen) FROM bank_refunds
                    WHERE state = 'paid' AND refund_id IS NULL
                ) parts
            """,
            is_credit=True,
        ),
    ),
    Invariant(
        code="I3",
        title="已认领的收款恰好分完，并由两位财务认领",
        sql="""
            SELECT e.id
            FROM bank_entries e
            LEFT JOIN (
                SELECT bank_entry_id, sum(amount_fen) AS amount FROM transfer_shares GROUP BY 1
            ) s ON s.bank_entry_id = e.id
            LEFT JOIN (
                SELECT bank_entry_id, sum(amount_fen) AS said,
                       coalesce(sum(amount_fen) FILTER (
                           WHERE kind = 'trade' AND state = 'confirmed'), 0) AS taken,
                       bool_or(state = 'proposed') AS waits,
                       bool_or(kind = 'return') AS returns,
                       bool_or(state = 'confirmed' AND decided_by = proposed_by) AS alone
                FROM bank_matches WHERE state <> 'rejected' GROUP BY 1
            ) m ON m.bank_entry_id = e.id
            WHERE coalesce(s.amount, 0) <> coalesce(m.taken, 0) OR m.said > e.amount_fen OR m.alone
               OR e.state <> CASE
                    WHEN e.state = 'outgoing' AND m.said IS NULL THEN 'outgoing'
                    WHEN m.waits THEN 'proposed'
                    WHEN coalesce(m.said, 0) < e.amount_fen THEN 'unidentified'
                    WHEN m.returns AND e.state = 'returned' THEN 'returned'
                    WHEN m.returns THEN 'returning'
                    ELSE 'identified'
                  END
        """,
    ),
    Invariant(
        code="I3",
        title="对公转账的付款等于其分得的收款，账上相符",
        sql=f"""
            SELECT a.id
            FROM payment_attempts a
            LEFT JOIN (
                SELECT account_id, attempt_id, sum(amount_fen) AS amount
                FROM transfer_shares GROUP BY 1, 2
            ) s ON s.account_id = a.account_id AND s.attempt_id = a.id
            WHERE (a.provider = '{PROVIDER}' OR s.attempt_id IS NOT NULL)
              AND CASE WHEN a.state IN ('created', 'pending')
                  THEN coalesce(s.amount, 0) >= a.amount_fen
                  ELSE coalesce(s.amount, 0) <> a.captured END
            UNION ALL
            SELECT NULL
            FROM (
                SELECT coalesce(-sum(amount_fen), 0) AS amount FROM journal_postings
                WHERE account_kind = 'provider_clearing'
                  AND owner_id = '{provider_owner(PROVIDER)}'
            ) booked,
            (
                SELECT coalesce(sum(amount), 0) AS amount FROM (
                    SELECT sum(s.amount_fen) AS amount FROM transfer_shares s
                    JOIN payment_attempts a ON a.account_id = s.account_id AND a.id = s.attempt_id
                    WHERE a.state IN ('created', 'pending')
                    UNION ALL
                    SELECT -sum(b.amount_fen) FROM bank_refunds b
                    JOIN refunds r ON r.account_id = b.account_id AND r.id = b.refund_id
                    WHERE b.state = 'paid' AND r.state <> 'succeeded'
                ) all_waiting
            ) waiting
            WHERE booked.amount <> waiting.amount
        """,  # noqa: S608 - our own names
    ),
    Invariant(
        code="I6",
        title="认领的交易存在",
        sql="""
            SELECT m.id FROM bank_matches m LEFT JOIN trades t ON t.id = m.trade_id
            WHERE m.trade_id IS NOT NULL AND t.id IS NULL
        """,
    ),
]
