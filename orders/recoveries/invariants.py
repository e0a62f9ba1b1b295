"""What must hold of recoveries at every moment; each query returns the rows that break it."""

from marketplace.invariants import Invariant

INVARIANTS = [
    Invariant(
        code="I6",
        title="找回申请的账号存在；找回生效的账号满公示期才生效",
        sql="""
            SELECT r.id
            FROM recoveries r
            LEFT JOIN accounts a ON a.id = r.account_id
            WHERE (r.account_id IS NOT NULL AND a.id IS NULL)
               OR (r.state = 'completed' AND (r.ended_at IS NULL OR r.ended_at < r.completes_at))
        """,
    ),
]
