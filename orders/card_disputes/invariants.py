"""What must hold of disputes at every moment; each query returns the rows that break it."""

from marketplace.invariants import Invariant
from orders.journal.agreement import unlike_balance, unlike_entries

INVARIANTS = [
    Invariant(
        code="I3",
        title="拒付的渠道扣款、暂扣、成立各恰记一笔，金额相同",
        sql=unlike_entries(
            """
                SELECT id AS cause_id, 'dispute_moved' AS kind, abs(amount) AS amount
                FROM card_dispute_movements WHERE currency = 'CNY' AND amount <> 0
                UNION ALL
                SELECT id, 'dispute_held', goods_fen + freight_fen
                FROM card_dispute_lines WHERE is_held
                UNION ALL
                SELECT l.ending_id, 'dispute_released', l.goods_fen + l.freight_fen
                FROM card_dispute_lines l JOIN card_disputes d ON d.id = l.dispute_id
                WHERE l.is_held AND d.state = 'won' AND l.id NOT IN (
                    SELECT x.id FROM card_dispute_lines x
                    JOIN journal_entries j ON j.kind = 'dispute_lost' AND j.cause_id = x.ending_id)
                UNION ALL
                SELECT l.ending_id, 'dispute_lost', l.goods_fen + l.freight_fen + l.coupon_fen
                FROM card_dispute_lines l JOIN card_disputes d ON d.id = l.dispute_id
                WHERE d.state = 'lost' OR (d.state = 'won' AND EXISTS (
                    SELECT FROM journal_entries j
                    WHERE j.kind = 'dispute_lost' AND j.cause_id = l.ending_id))
            """,
            "dispute_moved",
            "dispute_held",
            "dispute_released",
            "dispute_lost",
        ),
    ),
    Invariant(
        code="I3",
        title="暂扣的货款恰等于未办完的拒付所扣",
        sql=unlike_balance(
            "held_for_disputes",
            """
                SELECT coalesce(sum(l.goods_fen + l.freight_fen), 0) AS amount
                FROM card_dispute_lines l JOIN card_disputes d ON d.id = l.dispute_id
                WHERE l.is_held AND d.state IN ('needs_response', 'under_review')
            """,
            is_credit=True,
        ),
    ),
    Invariant(
        code="I6",
        title="拒付所涉的订单属于所拒付的交易，账号一致",
        sql="""
            SELECT d.id
            FROM card_disputes d
            JOIN payment_attempts a ON a.id = d.attempt_id
            LEFT JOIN card_dispute_lines l ON l.dispute_id = d.id
            LEFT JOIN orders o ON o.cooperative_id = l.cooperative_id AND o.id = l.order_id
            WHERE a.trade_id <> d.trade_id OR a.account_id <> d.account_id
               OR (l.id IS NOT NULL AND o.trade_id IS DISTINCT FROM d.trade_id)
        """,
    ),
]
