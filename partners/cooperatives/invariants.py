"""What must hold of cooperatives at every moment; each query returns the rows that break it."""

from marketplace.invariants import Invariant

INVARIANTS = [
    Invariant(
        code="I6",
        title="在任身份所指的合作社都存在",
        sql="""
            SELECT m.id
            FROM memberships m
            LEFT JOIN cooperatives s ON s.id = m.scope_id
            WHERE m.scope_kind = 'cooperative' AND m.revoked_at IS NULL AND s.id IS NULL
        """,
    ),
]
