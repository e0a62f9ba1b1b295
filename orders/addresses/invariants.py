"""What must hold of address books at every moment; each query returns the rows that break it."""

from marketplace.invariants import Invariant

INVARIANTS = [
    Invariant(
        code="I6",
        title="地址簿的主人存在，有地址的地址簿恰有一个默认地址",
        sql="""
            SELECT a.id
            FROM addresses a
            LEFT JOIN accounts c ON a.owner_kind = 'account' AND c.id = a.owner_id
            LEFT JOIN buying_units u ON a.owner_kind = 'buying_unit' AND u.id = a.owner_id
            WHERE c.id IS NULL AND u.id IS NULL
            UNION ALL
            SELECT owner_id FROM addresses GROUP BY owner_id
            HAVING count(*) FILTER (WHERE is_default) <> 1
        """,
    ),
]
