"""What must hold of papers at every moment; each query returns the rows that break it."""

from marketplace.invariants import Invariant

INVARIANTS = [
    Invariant(
        code="I3",
        title="合同金额等于订单应付，验收金额不超过订单应付，验收单只属于已收货的订单",
        sql="""
            SELECT p.id
            FROM order_papers p
            LEFT JOIN orders o ON o.cooperative_id = p.cooperative_id AND o.id = p.order_id
            WHERE o.id IS NULL OR p.total_fen > o.total_fen
               OR (p.kind = 'contract' AND p.total_fen <> o.total_fen)
               OR (p.kind = 'acceptance' AND o.accepted_at IS NULL)
        """,
    ),
]
