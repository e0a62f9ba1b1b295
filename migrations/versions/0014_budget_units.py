"""Whether the unit that bought is a budget unit: kept on the order and on each decision.

Safe under load: columns without a rewrite; only orders still to be paid are filled in, because what
is paid was judged already. Decisions never change: those made before keep none.
"""

from alembic import op

revision = "0014_budget_units"
down_revision = "0013_addresses"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns."""
    op.execute("SET lock_timeout = '5s'")
    op.execute("ALTER TABLE orders ADD COLUMN buying_unit_is_budget BOOLEAN NOT NULL DEFAULT false")
    op.execute("ALTER TABLE decisions ADD COLUMN buying_unit_is_budget BOOLEAN")
    op.execute("""
        UPDATE orders SET buying_unit_is_budget = true
        FROM buying_units u
        LEFT JOIN buying_units parent ON parent.id = u.parent_id
        WHERE u.id = orders.buying_unit_id AND orders.state = 'unpaid'
          AND (u.is_budget_unit OR (u.kind = 'union' AND parent.is_budget_unit))
    """)


def downgrade() -> None:
    """Forget them."""
    op.execute("SET lock_timeout = '5s'")
    op.execute("ALTER TABLE decisions DROP COLUMN buying_unit_is_budget")
    op.execute("ALTER TABLE orders DROP COLUMN buying_unit_is_budget")
