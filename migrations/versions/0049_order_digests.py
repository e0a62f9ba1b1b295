"""New orders summed up for their cooperatives, until they are told.

Safe under load: a new table.
"""

from alembic import op

revision = "0049_order_digests"
down_revision = "0048_household_shares"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create it."""
    op.execute("SET lock_timeout = '5s'")
    op.execute("""
        CREATE TABLE order_digests (
            cooperative_id UUID NOT NULL,
            event_id UUID NOT NULL,
            orders BIGINT NOT NULL,
            total_fen BIGINT NOT NULL,
            since_at TIMESTAMPTZ NOT NULL,
            CONSTRAINT pk_order_digests PRIMARY KEY (cooperative_id),
            CONSTRAINT ck_order_digests_orders CHECK (orders > 0)
        )
    """)


def downgrade() -> None:
    """Forget it."""
    op.execute("SET lock_timeout = '5s'")
    op.execute("DROP TABLE order_digests")
