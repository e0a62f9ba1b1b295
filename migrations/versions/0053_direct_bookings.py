"""Money of no sale: bookings that two officers agree on, their accounts and entries.

Safe under load: a new table, and checks that admit more values; each is read through once.
"""

from alembic import op

from marketplace.migrating import admit, refuse

revision = "0053_direct_bookings"
down_revision = "0052_stopped_shipping"
branch_labels = None
depends_on = None

TABLE = """
CREATE TABLE direct_bookings (
    id UUID NOT NULL,
    purpose VARCHAR(40) NOT NULL,
    bank_entry_id UUID,
    movement_id UUID,
    amount_fen BIGINT NOT NULL,
    state VARCHAR(40) NOT NULL,
    reason TEXT NOT NULL,
    proposed_by UUID NOT NULL,
    proposed_at TIMESTAMPTZ NOT NULL,
    decided_by UUID,
    decided_at TIMESTAMPTZ,
    CONSTRAINT pk_direct_bookings PRIMARY KEY (id),
    CONSTRAINT fk_direct_bookings_bank_entry_id FOREIGN KEY (bank_entry_id)
        REFERENCES bank_entries (id),
    CONSTRAINT fk_direct_bookings_movement_id FOREIGN KEY (movement_id)
        REFERENCES provider_movements (id),
    CONSTRAINT ck_direct_bookings_purpose CHECK (purpose IN
        ('bank_charge', 'interest', 'provider_fee', 'own_funds', 'other')),
    CONSTRAINT ck_direct_bookings_state CHECK (state IN ('proposed', 'confirmed', 'rejected')),
    CONSTRAINT ck_direct_bookings_evidence CHECK (num_nonnulls(bank_entry_id, movement_id) = 1),
    CONSTRAINT ck_direct_bookings_fitting CHECK ((purpose IN ('own_funds', 'other'))
        OR (purpose = 'provider_fee') = (movement_id IS NOT NULL)),
    CONSTRAINT ck_direct_bookings_amount CHECK (amount_fen <> 0),
    CONSTRAINT ck_direct_bookings_decided CHECK ((state = 'proposed') = (decided_at IS NULL)),
    CONSTRAINT ck_direct_bookings_decider CHECK ((decided_at IS NULL) = (decided_by IS NULL)),
    CONSTRAINT ck_direct_bookings_two_officers
        CHECK (state <> 'confirmed' OR decided_by <> proposed_by)
);
CREATE UNIQUE INDEX uq_direct_bookings_bank_entry ON direct_bookings (bank_entry_id)
    WHERE state <> 'rejected';
CREATE UNIQUE INDEX uq_direct_bookings_movement ON direct_bookings (movement_id)
    WHERE state <> 'rejected';
CREATE INDEX ix_direct_bookings_bank_entry_id ON direct_bookings (bank_entry_id);
CREATE INDEX ix_direct_bookings_movement_id ON direct_bookings (movement_id);
CREATE INDEX ix_direct_bookings_state ON direct_bookings (state, id);
"""
ACCOUNTS = ("own_funds", "bank_charges", "interest", "other_gains", "other_losses")
ENTRIES = (
    "bank_charged",
    "interest_booked",
    "provider_fee_corrected",
    "own_funds_moved",
    "otherwise_moved",
)
RECEIPTS = ("interest", "bank_charge", "own_funds", "other")


def upgrade() -> None:
    """Add them."""
    op.execute("SET lock_timeout = '5s'")
    op.execute(TABLE)
    admit("journal_entries", "kind", *ENTRIES)
    admit("journal_postings", "account_kind", *ACCOUNTS)
    admit("bank_matches", "kind", *RECEIPTS)


def downgrade() -> None:
    """Remove them again; fails while anything was booked so."""
    op.execute("SET lock_timeout = '5s'")
    refuse("bank_matches", "kind", *RECEIPTS)
    refuse("journal_postings", "account_kind", *ACCOUNTS)
    refuse("journal_entries", "kind", *ENTRIES)
    op.execute("DROP TABLE direct_bookings")
