"""Pieces that a lost dispute keeps from being shipped.

Safe under load: a column with a constant default, and a check over a small table.
"""

from alembic import op

from marketplace.migrating import app_role

revision = "0052_stopped_shipping"
down_revision = "0051_transfers"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column."""
    op.execute("SET lock_timeout = '5s'")
    op.execute("""
        ALTER TABLE card_dispute_lines
            ADD COLUMN released_quantity BIGINT NOT NULL DEFAULT 0
                CONSTRAINT ck_card_dispute_lines_released CHECK (released_quantity >= 0)
    """)
    op.execute(f"GRANT UPDATE (released_quantity) ON card_dispute_lines TO {app_role()}")


def downgrade() -> None:
    """Remove it again."""
    op.execute("SET lock_timeout = '5s'")
    op.execute("ALTER TABLE card_dispute_lines DROP COLUMN released_quantity")
