"""What must hold of after-sales cases at every moment; each query returns the rows that break it."""

from marketplace.invariants import Invariant

INVARIANTS = [
    Invariant(
        code="I8",
        title="售后单在等一方办理时有期限，结束后没有",
        sql="""
            SELECT id FROM aftersales_cases
            WHERE (state IN ('applied', 'awaiting_goods', 'returning', 'awaiting_replacement',
                             'replacing')) <> (due_at IS NOT NULL)
              AND state <> 'refused'
        """,
    ),
    Invariant(
        code="I8",
        title="售后单的状态见于其经过",
        sql="""
            SELECT c.id
            FROM aftersales_cases c
            LEFT JOIN LATERAL (
                SELECT bool_or(e.state = c.state) AS is_told
                FROM case_events e
                WHERE e.cooperative_id = c.cooperative_id AND e.case_id = c.id
            ) e ON true
            WHERE e.is_told IS NOT TRUE
        """,
    ),
    Invariant(
        code="I8",
        title="平台裁定过的售后单写明裁定人和理由",
        sql="""
            SELECT id FROM aftersales_cases
            WHERE (decided_at IS NULL) <> (decision IS NULL)
               OR (decided_at IS NULL) <> (decided_by IS NULL)
               OR (state = 'dismissed' AND decided_at IS NULL)
        """,
    ),
    Invariant(
        code="I2",
        title="退回入库的商品不多于售后单的退货数量",
        sql="""
            SELECT c.id
            FROM aftersales_cases c
            LEFT JOIN (
                SELECT cause_id, sum(quantity) AS quantity FROM stock_moves
                WHERE kind = 'put_back' GROUP BY 1
            ) m ON m.cause_id = c.id
            WHERE coalesce(m.quantity, 0) > c.put_back_quantity
        """,
    ),
]
