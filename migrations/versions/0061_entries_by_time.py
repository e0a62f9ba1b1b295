"""The bank's entries are listed by when the bank booked them.

Safe under load: two indexes of a table that people's imports fill, rebuilt in moments.
"""

from alembic import op

revision = "0061_entries_by_time"
down_revision = "0060_audit_actor_kind"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Order by the bank's time within a state, and over all."""
    op.execute("SET lock_timeout = '5s'")
    op.execute("DROP INDEX ix_bank_entries_state")
    op.execute("DROP INDEX ix_bank_entries_occurred_at")
    op.execute("CREATE INDEX ix_bank_entries_state ON bank_entries (state, occurred_at, id)")
    op.execute("CREATE INDEX ix_bank_entries_occurred_at ON bank_entries (occurred_at, id)")


def downgrade() -> None:
    """Order by import again."""
    op.execute("SET lock_timeout = '5s'")
    op.execute("DROP INDEX ix_bank_entries_occurred_at")
    op.execute("DROP INDEX ix_bank_entries_state")
    op.execute("CREATE INDEX ix_bank_entries_occurred_at ON bank_entries (occurred_at)")
    op.execute("CREATE INDEX ix_bank_entries_state ON bank_entries (state, id)")
