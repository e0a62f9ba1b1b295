"""Rhythms of settlement; a run may be started by nobody but the clock.

Safe under load: a small new table, and a column that may be empty from now on.
"""

from alembic import op

from marketplace.migrating import append_only

revision = "0041_settlement_schedules"
down_revision = "0040_journal_sums"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the table."""
    op.execute("SET lock_timeout = '5s'")
    op.execute("""
        CREATE TABLE settlement_schedules (
            id UUID NOT NULL,
            rhythm VARCHAR(40) NOT NULL,
            valid_from DATE NOT NULL,
            set_by UUID NOT NULL,
            set_at TIMESTAMPTZ NOT NULL,
            CONSTRAINT pk_settlement_schedules PRIMARY KEY (id),
            CONSTRAINT ck_settlement_schedules_rhythm
                CHECK (rhythm IN ('by_hand', 'weekly', 'half_monthly', 'monthly'))
        )
    """)
    op.execute(
        "CREATE INDEX ix_settlement_schedules_valid_from ON settlement_schedules (valid_from, id)"
    )
    append_only("settlement_schedules")
    op.execute("ALTER TABLE settlement_runs ALTER COLUMN started_by DROP NOT NULL")


def downgrade() -> None:
    """Remove it again; fails while a run was started by the clock."""
    op.execute("SET lock_timeout = '5s'")
    op.execute("ALTER TABLE settlement_runs ALTER COLUMN started_by SET NOT NULL")
    op.execute("DROP TABLE settlement_schedules")
