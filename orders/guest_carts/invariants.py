"""What must hold of carts at every moment; each query returns the rows that break it."""

from marketplace.invariants import Invariant

INVARIANTS = [
    Invariant(
        code="I6",
        title="购物车里的每一行都属于一个账号或一个未登录的购物车",
        sql="""
            SELECT l.id
            FROM cart_lines l
            LEFT JOIN accounts a ON a.id = l.account_id
            LEFT JOIN guest_carts g ON g.id = l.account_id
            WHERE a.id IS NULL AND g.id IS NULL
        """,
    ),
]
