"""What must hold of pick-up points at every moment; each query returns the rows that break it."""

from marketplace.invariants import Invariant

INVARIANTS = [
    Invariant(
        code="I6",
        title="在任身份所指的自提点都存在",
        sql="""
            SELECT m.id
            FROM memberships m
            LEFT JOIN pickup_points s ON s.id = m.scope_id
            WHERE m.scope_kind = 'pickup_point' AND m.revoked_at IS NULL AND s.id IS NULL
        """,
    ),
    Invariant(
        code="I6",
        title="自提点都属于存在的单位、网点或对口办",
        sql="""
            SELECT p.id
            FROM pickup_points p
            LEFT JOIN buying_units u ON p.holder_kind = 'buying_unit' AND u.id = p.holder_id
            LEFT JOIN outlets o ON p.holder_kind = 'outlet' AND o.id = p.holder_id
            LEFT JOIN offices f ON p.holder_kind = 'office' AND f.id = p.holder_id
            WHERE num_nonnulls(u.id, o.id, f.id) <> 1
        """,
    ),
]
