"""Payouts by transfer inside the payment provider: connected accounts, and how a batch is paid.

Safe under load: a small new table, and columns with a constant default, which rewrite nothing.
"""

from alembic import op

from marketplace.migrating import admit, refuse

revision = "0051_transfers"
down_revision = "0050_payout_arrivals"
branch_labels = None
depends_on = None

TABLE = """
CREATE TABLE transfer_accounts (
    id UUID NOT NULL,
    cooperative_id UUID NOT NULL,
    reference TEXT NOT NULL,
    state VARCHAR(40) NOT NULL,
    proposed_by UUID NOT NULL,
    proposed_at TIMESTAMPTZ NOT NULL,
    decided_by UUID,
    decided_at TIMESTAMPTZ,
    CONSTRAINT pk_transfer_accounts PRIMARY KEY (id),
    CONSTRAINT uq_transfer_accounts_cooperative_id_id UNIQUE (cooperative_id, id),
    CONSTRAINT ck_transfer_accounts_state CHECK (state IN ('proposed', 'confirmed', 'rejected')),
    CONSTRAINT ck_transfer_accounts_decided CHECK ((state = 'proposed') = (decided_by IS NULL)),
    CONSTRAINT ck_transfer_accounts_decider CHECK ((decided_by IS NULL) = (decided_at IS NULL)),
    CONSTRAINT ck_transfer_accounts_two_officers
        CHECK (state <> 'confirmed' OR decided_by <> proposed_by)
);
CREATE UNIQUE INDEX uq_transfer_accounts_proposed ON transfer_accounts (cooperative_id)
    WHERE state = 'proposed';
"""
CHANNELS = ("payout_accounts", "payout_batches")
ENTRIES = ("statement_transferred", "transfer_reversed")


def upgrade() -> None:
    """Add them."""
    op.execute("SET lock_timeout = '5s'")
    op.execute(TABLE)
    for table in CHANNELS:
        op.execute(f"""
            ALTER TABLE {table} ADD COLUMN channel VARCHAR(40) NOT NULL DEFAULT 'bank',
                ADD CONSTRAINT ck_{table}_channel CHECK (channel IN ('bank', 'transfer'))
        """)
    op.execute("ALTER TABLE payouts ADD COLUMN transfer_reference TEXT")
    admit("journal_entries", "kind", *ENTRIES)


def downgrade() -> None:
    """Remove them again; fails while the journal holds such entries."""
    op.execute("SET lock_timeout = '5s'")
    refuse("journal_entries", "kind", *ENTRIES)
    op.execute("ALTER TABLE payouts DROP COLUMN transfer_reference")
    for table in CHANNELS:
        op.execute(f"ALTER TABLE {table} DROP COLUMN channel")
    op.execute("DROP TABLE transfer_accounts")
