"""Carts of visitors who have not signed in.

Safe under load: one new table.
"""

from alembic import op

revision = "0016_guest_carts"
down_revision = "0015_order_steps"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add it."""
    op.execute("SET lock_timeout = '5s'")
    op.execute("""
        CREATE TABLE guest_carts (
            id UUID NOT NULL,
            token_digest BYTEA NOT NULL,
            opened_at TIMESTAMPTZ NOT NULL,
            used_at TIMESTAMPTZ NOT NULL,
            CONSTRAINT pk_guest_carts PRIMARY KEY (id),
            CONSTRAINT uq_guest_carts_token_digest UNIQUE (token_digest)
        )
    """)
    op.execute("CREATE INDEX ix_guest_carts_used_at ON guest_carts (used_at)")


def downgrade() -> None:
    """Forget it, and what lay in the carts."""
    op.execute("SET lock_timeout = '5s'")
    op.execute("DELETE FROM cart_lines WHERE account_id IN (SELECT id FROM guest_carts)")
    op.execute("DROP TABLE guest_carts")
