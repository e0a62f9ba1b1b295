"""What must hold of books of invoice titles at every moment; each query returns what breaks it."""

from marketplace.invariants import Invariant

INVARIANTS = [
    Invariant(
        code="I6",
        title="发票抬头的主人存在，有抬头的恰有一个默认抬头",
        sql="""
            SELECT a.id
            FROM invoice_titles a
            LEFT JOIN accounts c ON a.owner_kind = 'account' AND c.id = a.owner_id
            LEFT JOIN buying_units u ON a.owner_kind = 'buying_unit' AND u.id = a.owner_id
            WHERE c.id IS NULL AND u.id IS NULL
            UNION ALL
            SELECT owner_id FROM invoice_titles GROUP BY owner_id
            HAVING count(*) FILTER (WHERE is_default) <> 1
        """,
    ),
]
