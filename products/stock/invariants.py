"""What must hold of stock at every moment; each query returns the rows that break it."""

from marketplace.invariants import Invariant

INVARIANTS = [
    Invariant(
        code="I2",
        title="库存等于出入库之和，占用等于订单占用之和，且占用不超过库存",
        sql="""
            SELECT s.id
            FROM skus s
            LEFT JOIN (SELECT sku_id, sum(quantity) AS quantity FROM stock_moves GROUP BY sku_id) m
                   ON m.sku_id = s.id
            LEFT JOIN (SELECT sku_id, sum(held) AS held FROM reservations GROUP BY sku_id) r
                   ON r.sku_id = s.id
            WHERE s.on_hand <> coalesce(m.quantity, 0)
               OR s.reserved <> coalesce(r.held, 0)
               OR s.reserved NOT BETWEEN 0 AND s.on_hand
        """,
    )
]
