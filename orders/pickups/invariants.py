"""What must hold of pick-ups at every moment; each query returns the rows that break it."""

from marketplace.invariants import Invariant

INVARIANTS = [
    Invariant(
        code="I8",
        title="自提订单恰有一条自提记录，其他订单没有",
        sql="""
            SELECT o.id
            FROM orders o
            LEFT JOIN pickups p ON p.cooperative_id = o.cooperative_id AND p.order_id = o.id
            WHERE o.pickup_point_id IS DISTINCT FROM p.pickup_point_id
              AND (o.pickup_point_id IS NOT NULL OR p.id IS NOT NULL)
        """,
    ),
    Invariant(
        code="I8",
        title="自提记录与订单状态一致",
        sql="""
            SELECT p.id
            FROM pickups p
            JOIN orders o ON o.cooperative_id = p.cooperative_id AND o.id = p.order_id
            WHERE NOT CASE p.state
                WHEN 'awaiting' THEN o.state IN ('unpaid', 'paid', 'part_shipped', 'shipped')
                WHEN 'arrived' THEN o.state = 'shipped'
                WHEN 'collected' THEN o.state IN ('accepted', 'completed')
                WHEN 'uncollected' THEN o.state IN ('shipped', 'accepted', 'completed', 'cancelled')
                ELSE o.state IN ('cancelled', 'accepted', 'completed') END
        """,
    ),
]
