"""What must hold of buying units at every moment; each query returns the rows that break it."""

from marketplace.invariants import Invariant

INVARIANTS = [
    Invariant(
        code="I6",
        title="在任身份所指的采购单位都存在",
        sql="""
            SELECT m.id
            FROM memberships m
            LEFT JOIN buying_units s ON s.id = m.scope_id
            WHERE m.scope_kind = 'buying_unit' AND m.revoked_at IS NULL AND s.id IS NULL
        """,
    ),
    Invariant(
        code="I6",
        title="采购单位的上级关系不成环",
        sql="""
            WITH RECURSIVE above AS (
                SELECT id, parent_id FROM buying_units WHERE parent_id IS NOT NULL
                UNION
                SELECT a.id, u.parent_id
                FROM above a JOIN buying_units u ON u.id = a.parent_id
                WHERE u.parent_id IS NOT NULL
            )
            SELECT id FROM above WHERE parent_id = id
        """,
    ),
    Invariant(
        code="I6",
        title="共用食堂的申报单位自行申报食堂采购",
        sql="""
            SELECT u.id
            FROM buying_units u
            JOIN buying_units f ON f.id = u.canteen_filed_by_id
            WHERE u.state = 'active' AND f.canteen NOT IN ('own', 'outsourced')
        """,
    ),
]
