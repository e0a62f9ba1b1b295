"""Applications for accounts whose number is lost.

Safe under load: one new table.
"""

from alembic import op

revision = "0028_recoveries"
down_revision = "0027_offers"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add it."""
    op.execute("SET lock_timeout = '5s'")
    op.execute("""
        CREATE TABLE recoveries (
            id UUID NOT NULL,
            recovery_no TEXT NOT NULL,
            state VARCHAR(40) NOT NULL,
            sealed BYTEA NOT NULL,
            old_phone_index BYTEA NOT NULL,
            new_phone_index BYTEA NOT NULL,
            address_index BYTEA NOT NULL,
            submitted_at TIMESTAMPTZ NOT NULL,
            account_id UUID,
            decided_by UUID,
            decided_at TIMESTAMPTZ,
            answer TEXT,
            completes_at TIMESTAMPTZ,
            ended_at TIMESTAMPTZ,
            version BIGINT NOT NULL,
            CONSTRAINT pk_recoveries PRIMARY KEY (id),
            CONSTRAINT uq_recoveries_recovery_no UNIQUE (recovery_no),
            CONSTRAINT ck_recoveries_state CHECK (state IN
                ('submitted', 'approved', 'completed', 'refused', 'stopped')),
            CONSTRAINT ck_recoveries_decided CHECK (
                (state = 'submitted') = (decided_by IS NULL)
                AND (decided_by IS NULL) = (decided_at IS NULL)
                AND (state IN ('approved', 'completed', 'stopped')) = (account_id IS NOT NULL)
                AND (account_id IS NULL) = (completes_at IS NULL)
                AND (state <> 'refused' OR answer IS NOT NULL)),
            CONSTRAINT ck_recoveries_not_ones_own CHECK (decided_by <> account_id)
        )
    """)
    op.execute("""
        CREATE UNIQUE INDEX uq_recoveries_open ON recoveries (new_phone_index)
        WHERE state IN ('submitted', 'approved')
    """)
    op.execute("""
        CREATE UNIQUE INDEX uq_recoveries_running ON recoveries (account_id)
        WHERE state = 'approved'
    """)
    op.execute("""
        CREATE INDEX ix_recoveries_old_phone_index ON recoveries (old_phone_index, submitted_at)
    """)
    op.execute("""
        CREATE INDEX ix_recoveries_address_index ON recoveries (address_index, submitted_at)
    """)


def downgrade() -> None:
    """Forget it."""
    op.execute("SET lock_timeout = '5s'")
    op.execute("DROP TABLE recoveries")
