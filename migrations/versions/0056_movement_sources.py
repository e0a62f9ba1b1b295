"""Providers' movements by what moved: found without reading a day's others.

Safe under load: the index is built concurrently.
"""

from alembic import op

revision = "0056_movement_sources"
down_revision = "0055_bank_balance"
branch_labels = None
depends_on = None

INDEX = "ix_provider_movements_source"


def upgrade() -> None:
    """Build the index; one that broke off half-way is left invalid, and built again."""
    with op.get_context().autocommit_block():
        op.execute(f"DROP INDEX CONCURRENTLY IF EXISTS {INDEX}")
        op.execute(
            f"CREATE INDEX CONCURRENTLY {INDEX} ON provider_movements (provider, source_reference)"
        )


def downgrade() -> None:
    """Drop it again."""
    op.execute("SET lock_timeout = '5s'")
    op.execute(f"DROP INDEX {INDEX}")
