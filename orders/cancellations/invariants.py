"""What must hold of cancellations at every moment; each query returns the rows that break it."""

from marketplace.invariants import Invariant

INVARIANTS = [
    Invariant(
        code="I6",
        title="取消申请的买家就是订单的买家",
        sql="""
            SELECT c.id
            FROM cancellations c
            JOIN orders o ON o.cooperative_id = c.cooperative_id AND o.id = c.order_id
            WHERE o.account_id <> c.account_id OR o.paid_at IS NULL
        """,
    ),
    Invariant(
        code="I8",
        title="同意取消的订单不再待发货",
        sql="""
            SELECT c.id
            FROM cancellations c
            JOIN orders o ON o.cooperative_id = c.cooperative_id AND o.id = c.order_id
            WHERE c.state = 'agreed' AND o.state IN ('paid', 'part_shipped')
        """,
    ),
]
