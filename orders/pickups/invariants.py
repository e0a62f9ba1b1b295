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
                 AND p.case_id IS NULL
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
            WHERE p.case_id IS NULL AND NOT CASE p.state
                WHEN 'awaiting' THEN o.state IN ('unpaid', 'paid', 'part_shipped', 'shipped')
                WHEN 'arrived' THEN o.state IN ('part_shipped', 'shipped')
                WHEN 'collected' THEN o.state IN ('accepted', 'completed')
                WHEN 'uncollected' THEN o.state IN ('shipped', 'accepted', 'completed', 'cancelled')
                ELSE o.state IN ('cancelled', 'accepted', 'completed') END
        """,
    ),
    Invariant(
        code="I8",
        title="换货的自提记录与售后单状态一致",
        sql="""
            SELECT p.id
            FROM pickups p
            JOIN aftersales_cases c ON c.cooperative_id = p.cooperative_id AND c.id = p.case_id
            WHERE c.order_id <> p.order_id OR c.state NOT IN ('replacing', 'exchanged')
               OR (c.state = 'replacing') <> (p.state IN ('awaiting', 'arrived'))
                  AND p.state <> 'uncollected'
        """,
    ),
    Invariant(
        code="I8",
        title="到站待取的自提记录恰有包裹在自提点，包裹属于该单",
        sql="""
            SELECT p.id
            FROM pickups p
            LEFT JOIN pickup_parcels k
                   ON k.cooperative_id = p.cooperative_id AND k.pickup_id = p.id
                  AND k.left_at IS NULL
            GROUP BY p.id
            HAVING (p.state = 'arrived') <> (count(k.id) > 0)
            UNION ALL
            SELECT k.id
            FROM pickup_parcels k
            JOIN pickups p ON p.cooperative_id = k.cooperative_id AND p.id = k.pickup_id
            LEFT JOIN parcels b ON b.cooperative_id = k.cooperative_id AND b.id = k.parcel_id
                 AND b.order_id = p.order_id AND b.case_id IS NOT DISTINCT FROM p.case_id
            WHERE b.id IS NULL
        """,
    ),
]
