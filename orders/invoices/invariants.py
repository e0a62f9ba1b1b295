"""What must hold of invoices at every moment; each query returns the rows that break it."""

from marketplace.invariants import Invariant

INVARIANTS = [
    Invariant(
        code="I3",
        title="每个订单行（及运费）蓝字减红字的开票金额和数量不超过实付减已退",
        sql="""
            SELECT coalesce(l.order_line_id, l.order_id)
            FROM invoice_lines l
            JOIN invoices i ON i.cooperative_id = l.cooperative_id AND i.id = l.invoice_id
            JOIN orders o ON o.cooperative_id = l.cooperative_id AND o.id = l.order_id
            LEFT JOIN order_lines ol
                   ON ol.cooperative_id = l.cooperative_id AND ol.id = l.order_line_id
            WHERE i.kind = 'blue' AND i.state IN ('requested', 'issued', 'reversed')
            GROUP BY l.order_id, l.order_line_id, o.id, ol.id
            HAVING sum(l.amount_fen - l.reversed_fen)
                       > coalesce(max(ol.net_fen - ol.refunded_fen),
                                  max(o.freight_fen - o.freight_refunded_fen))
                OR sum(l.quantity - l.reversed_quantity) > coalesce(max(ol.quantity), 1)
                OR bool_or(l.order_line_id IS NOT NULL AND ol.order_id IS DISTINCT FROM l.order_id)
        """,
    ),
    Invariant(
        code="I3",
        title="发票金额和税额等于其明细之和，蓝字明细的红冲额等于其红字明细之和",
        sql="""
            SELECT i.id
            FROM invoices i
            LEFT JOIN (
                SELECT invoice_id, sum(amount_fen) AS amount, sum(tax_fen) AS tax
                FROM invoice_lines GROUP BY 1
            ) l ON l.invoice_id = i.id
            WHERE i.state NOT IN ('cancelled', 'declined')
              AND (i.amount_fen IS DISTINCT FROM l.amount
                   OR (i.state <> 'requested' AND i.tax_fen IS DISTINCT FROM l.tax))
            UNION ALL
            SELECT b.id
            FROM invoice_lines b
            LEFT JOIN (
                SELECT cooperative_id, reverses_id, sum(amount_fen) AS amount,
                       sum(quantity) AS quantity, sum(tax_fen) AS tax
                FROM invoice_lines WHERE reverses_id IS NOT NULL GROUP BY 1, 2
            ) r ON r.cooperative_id = b.cooperative_id AND r.reverses_id = b.id
            WHERE b.reversed_fen <> coalesce(r.amount, 0)
               OR b.reversed_quantity <> coalesce(r.quantity, 0)
               OR coalesce(r.tax, 0) > b.tax_fen
        """,
    ),
    Invariant(
        code="I8",
        title="发票状态与明细、红字发票一致；开出的号码不为两家合作社所有",
        sql="""
            SELECT l.id
            FROM invoice_lines l
            JOIN invoices i ON i.cooperative_id = l.cooperative_id AND i.id = l.invoice_id
            WHERE l.is_live <> (i.kind = 'blue' AND i.state IN ('requested', 'issued')
                                AND l.amount_fen > 0)
            UNION ALL
            SELECT b.id
            FROM invoices b
            LEFT JOIN invoices r ON r.cooperative_id = b.cooperative_id AND r.original_id = b.id
                 AND r.state = 'issued'
            WHERE b.kind = 'blue' AND b.state IN ('issued', 'reversed')
            GROUP BY b.id
            HAVING (b.state = 'reversed') <> (coalesce(sum(r.amount_fen), 0) = b.amount_fen)
            UNION ALL
            SELECT r.id
            FROM invoices r
            JOIN invoices b ON b.cooperative_id = r.cooperative_id AND b.id = r.original_id
            WHERE r.kind <> 'red' OR b.kind <> 'blue' OR b.state NOT IN ('issued', 'reversed')
               OR r.account_id <> b.account_id
               OR r.buying_unit_id IS DISTINCT FROM b.buying_unit_id
            UNION ALL
            SELECT i.id
            FROM invoices i
            JOIN invoices j ON j.number = i.number AND j.cooperative_id <> i.cooperative_id
        """,
    ),
    Invariant(
        code="I6",
        title="发票的申请人存在，且与其订单同属一个买方",
        sql="""
            SELECT i.id
            FROM invoices i
            LEFT JOIN accounts a ON a.id = i.account_id
            LEFT JOIN invoice_lines l ON l.cooperative_id = i.cooperative_id AND l.invoice_id = i.id
            LEFT JOIN orders o ON o.cooperative_id = l.cooperative_id AND o.id = l.order_id
            WHERE a.id IS NULL
               OR (i.buying_unit_id IS NULL AND o.account_id <> i.account_id)
               -- A paid order may be made to count for another unit later; its invoice stays.
               OR (o.buying_unit_id IS DISTINCT FROM i.buying_unit_id
                   AND NOT EXISTS (
                       SELECT FROM attribution_changes c
                       WHERE c.cooperative_id = o.cooperative_id AND c.order_id = o.id
                         AND c.state = 'approved'))
        """,
    ),
]
