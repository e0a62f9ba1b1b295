"""What must hold of requisitions at every moment; each query returns the rows that break it."""

from marketplace.invariants import Invariant

INVARIANTS = [
    Invariant(
        code="I6",
        title="采购申请的单位和申请人存在，批准的申请有其交易，交易的买家和金额与申请一致",
        sql="""
            SELECT r.id
            FROM requisitions r
            LEFT JOIN buying_units u ON u.id = r.buying_unit_id
            LEFT JOIN accounts a ON a.id = r.requested_by
            LEFT JOIN trades t ON t.id = r.trade_id
            WHERE u.id IS NULL OR a.id IS NULL
               OR (r.trade_id IS NOT NULL AND (t.id IS NULL OR t.account_id <> r.requested_by
                   OR t.total_fen <> r.total_fen))
        """,
    ),
    Invariant(
        code="I8",
        title="批准或拒绝采购申请的人不是申请人本人",
        sql="SELECT id FROM requisitions WHERE decided_by = requested_by",
    ),
]
