"""The bank account's balance: its opening, and what the bank's entries carry.

Safe under load: a new table, a column without a default, and an index on a table that grows by hundreds a day.
"""

from alembic import op

from marketplace.migrating import admit, refuse

revision = "0055_bank_balance"
down_revision = "0054_audit_by_time"
branch_labels = None
depends_on = None

TABLE = """
CREATE TABLE bank_openings (
    id UUID NOT NULL,
    day DATE NOT NULL,
    amount_fen BIGINT NOT NULL,
    state VARCHAR(40) NOT NULL,
    reason TEXT NOT NULL,
    proposed_by UUID NOT NULL,
    proposed_at TIMESTAMPTZ NOT NULL,
    decided_by UUID,
    decided_at TIMESTAMPTZ,
    CONSTRAINT pk_bank_openings PRIMARY KEY (id),
    CONSTRAINT ck_bank_openings_state CHECK (state IN ('proposed', 'confirmed', 'rejected')),
    CONSTRAINT ck_bank_openings_amount CHECK (amount_fen >= 0),
    CONSTRAINT ck_bank_openings_decided CHECK ((state = 'proposed') = (decided_at IS NULL)),
    CONSTRAINT ck_bank_openings_decider CHECK ((decided_at IS NULL) = (decided_by IS NULL)),
    CONSTRAINT ck_bank_openings_two_officers
        CHECK (state <> 'confirmed' OR decided_by <> proposed_by)
);
CREATE UNIQUE INDEX uq_bank_openings_state ON bank_openings (state) WHERE state <> 'rejected';
"""


def upgrade() -> None:
    """Add them."""
    op.execute("SET lock_timeout = '5s'")
    op.execute(TABLE)
    op.execute("ALTER TABLE bank_entries ADD COLUMN balance_fen BIGINT")
    op.execute("CREATE INDEX ix_bank_entries_occurred_at ON bank_entries (occurred_at)")
    admit("journal_entries", "kind", "bank_opened")


def downgrade() -> None:
    """Remove them again; fails while the opening balance is booked."""
    op.execute("SET lock_timeout = '5s'")
    refuse("journal_entries", "kind", "bank_opened")
    op.execute("DROP INDEX ix_bank_entries_occurred_at")
    op.execute("ALTER TABLE bank_entries DROP COLUMN balance_fen")
    op.execute("DROP TABLE bank_openings")
