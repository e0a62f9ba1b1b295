"""What must hold of trades, orders and refunds at every moment; each query returns the rows that break it."""

from marketplace.invariants import Invariant

_MONEY = [
    Invariant(
        code="I3",
        title="订单应付等于各行之和加运费减优惠",
        sql="""
            SELECT o.id
            FROM orders o
            LEFT JOIN (
                SELECT cooperative_id, order_id, sum(amount_fen) AS amount,
                       sum(discount_fen) AS discount, sum(freight_fen) AS freight
                FROM order_lines GROUP BY 1, 2
            ) l ON l.cooperative_id = o.cooperative_id AND l.order_id = o.id
            WHERE o.goods_fen IS DISTINCT FROM l.amount
               OR o.discount_fen IS DISTINCT FROM l.discount
               OR o.freight_fen IS DISTINCT FROM l.freight
               OR o.total_fen <> o.goods_fen + o.freight_fen - o.discount_fen
        """,
    ),
    Invariant(
        code="I3",
        title="交易应付等于其订单之和",
        sql="""
            SELECT t.id
            FROM trades t
            LEFT JOIN (
                SELECT trade_id, sum(total_fen) AS total, sum(goods_fen) AS goods,
                       sum(freight_fen) AS freight, sum(discount_fen) AS discount
                FROM orders GROUP BY 1
            ) o ON o.trade_id = t.id
            WHERE t.total_fen IS DISTINCT FROM o.total OR t.goods_fen IS DISTINCT FROM o.goods
               OR t.freight_fen IS DISTINCT FROM o.freight
               OR t.discount_fen IS DISTINCT FROM o.discount
        """,
    ),
    Invariant(
        code="I3",
        title="已付交易恰由一笔足额付款付清，未付交易没有被采用的付款",
        sql="""
            SELECT t.id
            FROM trades t
            LEFT JOIN payment_attempts a ON a.account_id = t.account_id AND a.trade_id = t.id
                 AND a.outcome = 'accepted'
            GROUP BY t.id
            HAVING (t.state = 'paid') <> (count(a.id) = 1) OR count(a.id) > 1
                OR (t.state = 'paid') <> (t.paid_attempt_id IS NOT NULL)
                OR bool_or(a.captured <> t.total_fen OR a.id <> t.paid_attempt_id)
        """,
    ),
    Invariant(
        code="I3",
        title="每笔付款的退款之和不超过实收",
        sql="""
            SELECT a.id
            FROM payment_attempts a
            LEFT JOIN (SELECT attempt_id, sum(amount) AS amount FROM refunds GROUP BY 1) r
                   ON r.attempt_id = a.id
            WHERE a.refunded <> coalesce(r.amount, 0) OR a.refunded > a.captured
        """,
    ),
    Invariant(
        code="I3",
        title="订单行的已退、占用等于其售后单与拒付之和",
        sql="""
            SELECT l.id
            FROM order_lines l
            LEFT JOIN (
                SELECT cooperative_id, order_line_id,
                       sum(goods_fen) FILTER (WHERE state IN ('awaiting_refund', 'done')) AS goods,
                       sum(released_quantity) AS released,
                       sum(goods_fen) FILTER (WHERE state NOT IN
                           ('refused', 'withdrawn', 'dismissed', 'lapsed', 'exchanged')) AS claim,
                       sum(quantity) FILTER (WHERE state NOT IN
                           ('refused', 'withdrawn', 'dismissed', 'lapsed', 'exchanged')) AS pieces
                FROM aftersales_cases GROUP BY 1, 2
            ) c ON c.cooperative_id = l.cooperative_id AND c.order_line_id = l.id
            LEFT JOIN (
                SELECT b.cooperative_id, b.order_line_id, sum(b.goods_fen) AS goods,
                       sum(b.released_quantity) AS released
                FROM card_dispute_lines b
                JOIN journal_entries e ON e.kind = 'dispute_lost' AND e.cause_id = b.ending_id
                GROUP BY 1, 2
            ) b ON b.cooperative_id = l.cooperative_id AND b.order_line_id = l.id
            WHERE l.refunded_fen <> coalesce(c.goods, 0) + coalesce(b.goods, 0)
               OR l.claimed_fen <> coalesce(c.claim, 0) + coalesce(b.goods, 0)
               OR l.claimed_quantity <> coalesce(c.pieces, 0)
               OR l.released_quantity <> coalesce(c.released, 0) + coalesce(b.released, 0)
        """,
    ),
    Invariant(
        code="I3",
        title="退回的运费等于售后单所退运费，且不超过订单运费",
        sql="""
            SELECT o.id
            FROM orders o
            LEFT JOIN (
                SELECT cooperative_id, order_id, sum(freight_fen) AS freight
                FROM (
                    SELECT cooperative_id, order_id, freight_fen FROM aftersales_cases
                    UNION ALL
                    SELECT b.cooperative_id, b.order_id, b.freight_fen FROM card_dispute_lines b
                    JOIN journal_entries e ON e.kind = 'dispute_lost' AND e.cause_id = b.ending_id
                ) back GROUP BY 1, 2
            ) c ON c.cooperative_id = o.cooperative_id AND c.order_id = o.id
            WHERE o.freight_refunded_fen <> coalesce(c.freight, 0)
               OR o.freight_refunded_fen > o.freight_fen
        """,
    ),
    Invariant(
        code="I3",
        title="每张已同意的售后单恰有一笔金额相同的退款",
        sql="""
            SELECT coalesce(c.id, r.id)
            FROM (
                SELECT * FROM aftersales_cases
                WHERE state IN ('awaiting_refund', 'done') AND goods_fen + freight_fen > 0
            ) c
            FULL JOIN (SELECT * FROM refunds WHERE reason = 'aftersales') r ON r.cause_id = c.id
            WHERE c.id IS NULL OR r.id IS NULL OR r.amount <> c.goods_fen + c.freight_fen
               OR r.order_id <> c.order_id OR r.cooperative_id <> c.cooperative_id
               OR r.account_id <> c.account_id
        """,
    ),
    Invariant(
        code="I4",
        title="每个已付订单行恰有一条金额相同的销售事实，退回额一致",
        sql="""
            SELECT coalesce(l.id, s.id)
            FROM (
                SELECT l.id, l.cooperative_id, l.net_fen,
                       least(l.net_fen, l.refunded_fen + l.uncollected_fen) AS refunded_fen
                FROM order_lines l
                JOIN orders o ON o.cooperative_id = l.cooperative_id AND o.id = l.order_id
                WHERE o.sale_on IS NOT NULL
            ) l
            FULL JOIN (SELECT * FROM sales WHERE line_kind = 'order_line') s
                   ON s.cooperative_id = l.cooperative_id AND s.id = l.id
            WHERE l.id IS NULL OR s.id IS NULL OR s.amount_fen <> l.net_fen
               OR s.returned_fen <> l.refunded_fen
        """,
    ),
]

_ORPHANS = [
    Invariant(
        code="I6",
        title="订单有其交易，且买家一致",
        sql="""
            SELECT o.id
            FROM orders o
            LEFT JOIN trades t ON t.id = o.trade_id
            WHERE t.id IS NULL OR t.account_id <> o.account_id
        """,
    ),
    Invariant(
        code="I6",
        title="交易和售后单的账号存在，售后单的买家就是订单的买家",
        sql="""
            SELECT t.id FROM trades t LEFT JOIN accounts a ON a.id = t.account_id
            WHERE a.id IS NULL
            UNION ALL
            SELECT c.id
            FROM aftersales_cases c
            JOIN orders o ON o.cooperative_id = c.cooperative_id AND o.id = c.order_id
            WHERE o.account_id <> c.account_id
        """,
    ),
    Invariant(
        code="I6",
        title="订单的合作社存在，购物车里的规格存在，订单行的规格属于该产品",
        sql="""
            SELECT o.id FROM orders o LEFT JOIN cooperatives c ON c.id = o.cooperative_id
            WHERE c.id IS NULL
            UNION ALL
            SELECT l.id FROM cart_lines l LEFT JOIN skus s ON s.id = l.sku_id WHERE s.id IS NULL
            UNION ALL
            SELECT l.id
            FROM order_lines l
            LEFT JOIN skus s ON s.cooperative_id = l.cooperative_id AND s.id = l.sku_id
            WHERE s.id IS NULL OR s.product_id <> l.product_id
        """,
    ),
    Invariant(
        code="I6",
        title="订单的采购单位、网点、归属地区和收货地区存在",
        sql="""
            SELECT o.id
            FROM orders o
            LEFT JOIN buying_units u ON u.id = o.buying_unit_id
            LEFT JOIN outlets w ON w.id = o.outlet_id
            LEFT JOIN regions a ON a.code = o.attribution_code
            LEFT JOIN regions d ON d.code = o.ship_to_code
            WHERE (o.buying_unit_id IS NOT NULL AND u.id IS NULL)
               OR (o.outlet_id IS NOT NULL AND w.id IS NULL)
               OR (o.attribution_code IS NOT NULL AND a.code IS NULL) OR d.code IS NULL
        """,
    ),
]

_STATES = [
    Invariant(
        code="I8",
        title="交易状态与其订单状态相符",
        sql="""
            SELECT t.id
            FROM trades t
            JOIN orders o ON o.trade_id = t.id
            WHERE CASE t.state
                WHEN 'open' THEN o.state <> 'unpaid'
                WHEN 'paid' THEN o.state = 'unpaid' OR o.paid_at IS NULL
                ELSE o.state <> 'cancelled' OR o.paid_at IS NOT NULL
            END
        """,
    ),
    Invariant(
        code="I8",
        title="订单状态与时间相符",
        sql="""
            SELECT id FROM orders
            WHERE (state IN ('paid', 'part_shipped', 'shipped', 'accepted', 'completed')
                   AND paid_at IS NULL)
               OR (CASE WHEN goods_first THEN accepted_at ELSE paid_at END IS NULL)
                  <> (sale_on IS NULL)
               OR (goods_first AND paid_at IS NULL)
               OR (goods_first AND state = 'completed' AND settled_at IS NULL
                   AND debt_written_off_at IS NULL)
               OR (state IN ('shipped', 'accepted', 'completed') AND shipped_at IS NULL)
               OR (state IN ('unpaid', 'paid', 'part_shipped') AND shipped_at IS NOT NULL)
               OR (state = 'cancelled' AND accept_due_at IS NOT NULL)
               OR (state IN ('accepted', 'completed')) <> (accepted_at IS NOT NULL)
               OR (state = 'completed') <> (completed_at IS NOT NULL)
               OR (state = 'cancelled') <> (closed_at IS NOT NULL)
               OR (accepted_at IS NULL) <> (window_closes_at IS NULL)
               OR completed_at < window_closes_at
        """,
    ),
    Invariant(
        code="I8",
        title="订单状态与已发、待发数量相符",
        sql="""
            SELECT o.id
            FROM orders o
            JOIN (
                SELECT cooperative_id, order_id, sum(shipped_quantity) AS shipped,
                       sum(quantity - shipped_quantity - released_quantity) AS waiting
                FROM order_lines GROUP BY 1, 2
            ) l ON l.cooperative_id = o.cooperative_id AND l.order_id = o.id
            WHERE CASE o.state
                WHEN 'unpaid' THEN l.shipped > 0
                WHEN 'paid' THEN l.shipped > 0 OR l.waiting = 0
                WHEN 'part_shipped' THEN l.shipped = 0 OR l.waiting = 0
                WHEN 'cancelled' THEN o.paid_at IS NOT NULL AND l.waiting > 0
                ELSE l.shipped = 0 OR l.waiting > 0
            END
        """,
    ),
    Invariant(
        code="I8",
        title="付过款又取消的订单全额退还，没有发出去还留着的商品，没有待处理的售后",
        sql="""
            SELECT o.id
            FROM orders o
            JOIN order_lines l ON l.cooperative_id = o.cooperative_id AND l.order_id = o.id
            WHERE o.state = 'cancelled' AND o.paid_at IS NOT NULL
              AND (l.refunded_fen <> l.net_fen OR o.freight_refunded_fen <> o.freight_fen
                   OR (l.shipped_quantity > 0 AND l.claimed_quantity < l.quantity))
            UNION ALL
            SELECT c.order_id
            FROM aftersales_cases c
            JOIN orders o ON o.cooperative_id = c.cooperative_id AND o.id = c.order_id
            WHERE o.state = 'cancelled' AND c.state IN ('applied', 'awaiting_goods', 'returning',
                'awaiting_replacement', 'replacing', 'in_arbitration')
        """,
    ),
    Invariant(
        code="I8",
        title="订单行的已发数量等于各包裹之和，包裹里只有本订单的商品",
        sql="""
            SELECT l.id
            FROM order_lines l
            LEFT JOIN (
                SELECT i.cooperative_id, i.order_line_id, sum(i.quantity) AS quantity
                FROM parcel_lines i
                JOIN parcels p ON p.cooperative_id = i.cooperative_id AND p.id = i.parcel_id
                WHERE p.case_id IS NULL GROUP BY 1, 2
            ) p ON p.cooperative_id = l.cooperative_id AND p.order_line_id = l.id
            WHERE l.shipped_quantity <> coalesce(p.quantity, 0)
            UNION ALL
            SELECT i.id
            FROM parcel_lines i
            JOIN parcels p ON p.cooperative_id = i.cooperative_id AND p.id = i.parcel_id
            JOIN order_lines l ON l.cooperative_id = i.cooperative_id AND l.id = i.order_line_id
            WHERE p.order_id <> l.order_id
        """,
    ),
    Invariant(
        code="I8",
        title="订单占用的库存等于其待发数量，换货占用的库存等于其待换数量",
        sql="""
            SELECT coalesce(l.id, r.id)
            FROM (
                SELECT l.id, l.cooperative_id, l.order_id, l.sku_id,
                       CASE WHEN o.state = 'cancelled' THEN 0
                            ELSE l.quantity - l.shipped_quantity - l.released_quantity
                       END AS waiting
                FROM order_lines l
                JOIN orders o ON o.cooperative_id = l.cooperative_id AND o.id = l.order_id
                UNION ALL
                SELECT c.id, c.cooperative_id, c.id, l.sku_id, c.quantity
                FROM aftersales_cases c
                JOIN order_lines l
                  ON l.cooperative_id = c.cooperative_id AND l.id = c.order_line_id
                WHERE c.kind = 'exchange'
                  AND c.state IN ('awaiting_goods', 'returning', 'awaiting_replacement')
            ) l
            FULL JOIN reservations r ON r.cooperative_id = l.cooperative_id
                 AND r.order_id = l.order_id AND r.sku_id = l.sku_id
            WHERE coalesce(l.waiting, 0) <> coalesce(r.held, 0)
        """,
    ),
    Invariant(
        code="I8",
        title="已完成的订单没有待处理的售后",
        sql="""
            SELECT c.id
            FROM aftersales_cases c
            JOIN orders o ON o.cooperative_id = c.cooperative_id AND o.id = c.order_id
            WHERE o.state = 'completed' AND c.state IN ('applied', 'awaiting_goods', 'returning',
                'awaiting_replacement', 'replacing', 'in_arbitration')
        """,
    ),
    Invariant(
        code="I8",
        title="售后单已退款，当且仅当其退款成功",
        sql="""
            SELECT c.id
            FROM aftersales_cases c
            JOIN refunds r ON r.cause_id = c.id AND r.reason = 'aftersales'
            WHERE (c.state = 'done') <> (r.state = 'succeeded')
               OR (c.state = 'done') <> (c.done_at IS NOT NULL)
        """,
    ),
]

INVARIANTS = [*_MONEY, *_ORPHANS, *_STATES]
