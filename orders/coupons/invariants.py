"""What must hold of coupons at every moment; each query returns the rows that break it."""

from marketplace.invariants import Invariant

INVARIANTS = [
    Invariant(
        code="I3",
        title="优惠券的领取数等于持有数，不超过总量和每人限领",
        sql="""
            SELECT c.id
            FROM coupons c
            LEFT JOIN coupon_holdings h ON h.coupon_id = c.id
            GROUP BY c.id
            HAVING c.claimed <> count(h.id) OR c.claimed > c.total_limit
                OR coalesce(max(h.turn), 0) > c.per_account_limit
        """,
    ),
    Invariant(
        code="I3",
        title="订单和订单行的优惠等于所用优惠券之和，平台承担的部分相符",
        sql="""
            SELECT o.id
            FROM orders o
            LEFT JOIN (
                SELECT cooperative_id, order_id, sum(platform_discount_fen) AS platform
                FROM order_lines GROUP BY 1, 2
            ) l ON l.cooperative_id = o.cooperative_id AND l.order_id = o.id
            LEFT JOIN (
                SELECT cooperative_id, order_id, sum(discount_fen) AS discount,
                       coalesce(sum(discount_fen) FILTER (WHERE bearer = 'platform'), 0)
                           AS platform
                FROM coupon_uses GROUP BY 1, 2
            ) u ON u.cooperative_id = o.cooperative_id AND u.order_id = o.id
            WHERE o.discount_fen <> coalesce(u.discount, 0)
               OR o.platform_discount_fen <> coalesce(u.platform, 0)
               OR o.platform_discount_fen <> coalesce(l.platform, 0)
        """,
    ),
    Invariant(
        code="I3",
        title="优惠券成本的账面余额等于已付订单的平台优惠减去已收回的部分",
        sql="""
            SELECT coalesce(o.id, p.order_id)
            FROM (
                SELECT o.id, sum(l.platform_discount_fen - l.platform_returned_fen) AS cost
                FROM orders o
                JOIN order_lines l ON l.cooperative_id = o.cooperative_id AND l.order_id = o.id
                WHERE o.paid_at IS NOT NULL AND o.platform_discount_fen > 0
                GROUP BY o.id
            ) o
            FULL JOIN (
                SELECT order_id, sum(amount_fen) AS cost FROM journal_postings
                WHERE account_kind = 'coupon_cost' GROUP BY order_id
            ) p ON p.order_id = o.id
            WHERE o.cost IS DISTINCT FROM p.cost
        """,
    ),
    Invariant(
        code="I3",
        title="收回的平台优惠等于各笔退款所收回的，且按已退货款的比例",
        sql="""
            SELECT l.id
            FROM order_lines l
            LEFT JOIN (
                SELECT cooperative_id, order_line_id, sum(coupon_fen) AS coupon
                FROM (
                    SELECT c.cooperative_id, c.order_line_id, r.coupon_fen
                    FROM refunds r JOIN aftersales_cases c ON c.id = r.cause_id
                    UNION ALL
                    SELECT cooperative_id, order_line_id, coupon_fen FROM card_dispute_lines
                ) back
                WHERE coupon_fen <> 0 GROUP BY 1, 2
            ) r ON r.cooperative_id = l.cooperative_id AND r.order_line_id = l.id
            WHERE l.platform_returned_fen <> coalesce(r.coupon, 0)
               OR (l.refunded_fen = l.net_fen AND l.net_fen > 0
                   AND l.platform_returned_fen <> l.platform_discount_fen)
               OR (l.refunded_fen = 0 AND l.platform_returned_fen <> 0)
               OR (l.net_fen = 0 AND l.platform_discount_fen <> 0)
        """,
    ),
    Invariant(
        code="I8",
        title="用掉的优惠券恰用于一笔未取消、未过期的交易，取消和过期的已退回",
        sql="""
            SELECT h.id
            FROM coupon_holdings h
            LEFT JOIN trades t ON t.id = h.trade_id
            WHERE h.state = 'used'
              AND (t.id IS NULL OR t.account_id <> h.account_id OR t.state NOT IN ('open', 'paid')
                   OR NOT EXISTS (
                       SELECT FROM coupon_uses u
                       WHERE u.account_id = h.account_id AND u.holding_id = h.id
                         AND u.trade_id = h.trade_id))
            UNION ALL
            SELECT u.id
            FROM coupon_uses u
            JOIN trades t ON t.id = u.trade_id AND t.state IN ('open', 'paid')
            LEFT JOIN coupon_holdings h ON h.account_id = u.account_id AND h.id = u.holding_id
            WHERE h.trade_id IS DISTINCT FROM u.trade_id OR h.coupon_id <> u.coupon_id
        """,
    ),
    Invariant(
        code="I6",
        title="优惠券的合作社、商品和持有人存在，商品属于该合作社",
        sql="""
            SELECT c.id FROM coupons c LEFT JOIN cooperatives o ON o.id = c.cooperative_id
            WHERE c.cooperative_id IS NOT NULL AND o.id IS NULL
            UNION ALL
            SELECT p.id
            FROM coupon_products p
            JOIN coupons c ON c.id = p.coupon_id
            LEFT JOIN products g ON g.id = p.product_id
            WHERE g.id IS NULL OR NOT c.is_for_products
               OR (c.cooperative_id IS NOT NULL AND g.cooperative_id <> c.cooperative_id)
            UNION ALL
            SELECT h.id FROM coupon_holdings h LEFT JOIN accounts a ON a.id = h.account_id
            WHERE a.id IS NULL
        """,
    ),
]
