"""What must hold of wishes for new invoices; the query returns the rows that break it."""

from marketplace.invariants import Invariant

INVARIANTS = [
    Invariant(
        code="I8",
        title="换开申请与原发票、新申请一致：未红冲完的不算完成，新申请不多于原发票",
        sql="""
            SELECT w.id
            FROM invoice_replacements w
            JOIN invoices b ON b.cooperative_id = w.cooperative_id AND b.id = w.invoice_id
            LEFT JOIN invoices s ON s.cooperative_id = w.cooperative_id AND s.id = w.successor_id
            WHERE b.kind <> 'blue'
               OR (w.state IN ('asked', 'agreed')) AND b.state <> 'issued'
               OR (w.state IN ('done', 'lapsed')) AND b.state <> 'reversed'
               OR (s.id IS NOT NULL
                   AND (s.kind <> 'blue' OR s.amount_fen > b.amount_fen
                        OR s.buying_unit_id IS DISTINCT FROM b.buying_unit_id))
        """,
    ),
]
