"""What must hold of offices at every moment; each query returns the rows that break it."""

from marketplace.invariants import Invariant

INVARIANTS = [
    Invariant(
        code="I6",
        title="在任身份所指的对口办都存在",
        sql="""
            SELECT m.id
            FROM memberships m
            LEFT JOIN offices s ON s.id = m.scope_id
            WHERE m.scope_kind = 'office' AND m.revoked_at IS NULL AND s.id IS NULL
        """,
    ),
    Invariant(
        code="I6",
        title="对口办的上下级与行政区划一致，结对双方都有对口办",
        sql="""
            SELECT o.region_code
            FROM offices o
            JOIN offices above ON above.id = o.parent_id
            JOIN regions r ON r.code = o.region_code
            WHERE above.region_code <> ALL (trim_array(r.path, 1))
            UNION ALL
            SELECT p.code
            FROM (SELECT east_code AS code FROM pairings UNION SELECT west_code FROM pairings) p
            LEFT JOIN offices o ON o.region_code = p.code
            WHERE o.id IS NULL
        """,
    ),
]
