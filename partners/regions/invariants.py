"""What must hold of regions at every moment; each query returns the rows that break it."""

from marketplace.invariants import Invariant

INVARIANTS = [
    Invariant(
        code="I6",
        title="行政区划的路径等于上级路径加自身",
        sql="""
            SELECT r.code
            FROM regions r
            LEFT JOIN regions p ON p.code = r.parent_code
            WHERE r.path <> coalesce(p.path, '{}') || r.code
        """,
    ),
]
