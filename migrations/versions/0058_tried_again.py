"""Refunds that were tried again: the few among all that came back to the buyer at once.

Safe under load: the index is built concurrently.
"""

from alembic import op

revision = "0058_tried_again"
down_revision = "0057_parcels_at_points"
branch_labels = None
depends_on = None

INDEX = "ix_refunds_tried_again"


def upgrade() -> None:
    """Build the index; one that broke off half-way is left invalid, and built again."""
    with op.get_context().autocommit_block():
        op.execute(f"DROP INDEX CONCURRENTLY IF EXISTS {INDEX}")
        op.execute(f"CREATE INDEX CONCURRENTLY {INDEX} ON refunds (id) WHERE rounds > 0")


def downgrade() -> None:
    """Drop it again."""
    op.execute("SET lock_timeout = '5s'")
    op.execute(f"DROP INDEX {INDEX}")
