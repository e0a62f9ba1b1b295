"""What must hold of household shares at every moment."""

from marketplace.invariants import Invariant

INVARIANTS = [
    Invariant(
        code="I5",
        title="返还农户登记的户数、金额等于各行之和，高于结算单的有原因",
        sql="""
            SELECT s.id
            FROM household_shares s
            LEFT JOIN household_share_lines l
              ON l.cooperative_id = s.cooperative_id AND l.share_id = s.id
            GROUP BY s.id
            HAVING coalesce(sum(l.households), 0) <> s.households
                OR coalesce(sum(l.amount_fen), 0) <> s.amount_fen
                OR (s.amount_fen > s.statement_fen AND s.excess_reason IS NULL)
        """,
    ),
]
