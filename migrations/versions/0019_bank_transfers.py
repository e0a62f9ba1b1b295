"""Bank transfers: references, proofs, the bank's entries, what two officers say they are for.

Safe under load: creates new tables; the checks on kinds of journal entries and accounts are replaced
in one step each (every stored kind passes the new ones).
"""

from alembic import op

from marketplace.migrating import app_role, append_only

revision = "0019_bank_transfers"
down_revision = "0018_freight_templates"
branch_labels = None
depends_on = None

TABLES = """
CREATE TABLE transfer_references (
    id UUID NOT NULL,
    account_id UUID NOT NULL,
    trade_id UUID NOT NULL,
    code TEXT NOT NULL,
    opened_at TIMESTAMPTZ NOT NULL,
    CONSTRAINT pk_transfer_references PRIMARY KEY (id),
    CONSTRAINT uq_transfer_references_account_id_id UNIQUE (account_id, id),
    CONSTRAINT uq_transfer_references_account_id_trade_id UNIQUE (account_id, trade_id),
    CONSTRAINT uq_transfer_references_code UNIQUE (code),
    CONSTRAINT fk_transfer_references_account_id_trade_id
        FOREIGN KEY (account_id, trade_id) REFERENCES trades (account_id, id)
);

CREATE TABLE transfer_proofs (
    id UUID NOT NULL,
    account_id UUID NOT NULL,
    trade_id UUID NOT NULL,
    digest TEXT NOT NULL,
    content_type TEXT NOT NULL,
    size_bytes BIGINT NOT NULL,
    uploaded_by UUID NOT NULL,
    uploaded_at TIMESTAMPTZ NOT NULL,
    CONSTRAINT pk_transfer_proofs PRIMARY KEY (id),
    CONSTRAINT uq_transfer_proofs_account_id_id UNIQUE (account_id, id),
    CONSTRAINT uq_transfer_proofs_account_id_trade_id_digest
        UNIQUE (account_id, trade_id, digest),
    CONSTRAINT fk_transfer_proofs_account_id_trade_id
        FOREIGN KEY (account_id, trade_id) REFERENCES trades (account_id, id)
);

CREATE TABLE bank_imports (
    id UUID NOT NULL,
    rows BIGINT NOT NULL,
    fresh BIGINT NOT NULL,
    imported_by UUID NOT NULL,
    imported_at TIMESTAMPTZ NOT NULL,
    CONSTRAINT pk_bank_imports PRIMARY KEY (id)
);

CREATE TABLE bank_entries (
    id UUID NOT NULL,
    import_id UUID NOT NULL,
    serial TEXT NOT NULL,
    state VARCHAR(40) NOT NULL,
    amount_fen BIGINT NOT NULL,
    occurred_at TIMESTAMPTZ NOT NULL,
    other_side BYTEA NOT NULL,
    account_tail TEXT NOT NULL,
    CONSTRAINT pk_bank_entries PRIMARY KEY (id),
    CONSTRAINT uq_bank_entries_serial UNIQUE (serial),
    CONSTRAINT fk_bank_entries_import_id FOREIGN KEY (import_id) REFERENCES bank_imports (id),
    CONSTRAINT ck_bank_entries_state CHECK (state IN ('unidentified', 'proposed', 'identified',
        'returning', 'returned', 'outgoing')),
    CONSTRAINT ck_bank_entries_amount CHECK (amount_fen > 0)
);
CREATE INDEX ix_bank_entries_import_id ON bank_entries (import_id);
CREATE INDEX ix_bank_entries_state ON bank_entries (state, id);

CREATE TABLE bank_matches (
    id UUID NOT NULL,
    bank_entry_id UUID NOT NULL,
    kind VARCHAR(40) NOT NULL,
    trade_id UUID,
    state VARCHAR(40) NOT NULL,
    reason TEXT NOT NULL,
    proposed_by UUID NOT NULL,
    proposed_at TIMESTAMPTZ NOT NULL,
    decided_by UUID,
    decided_at TIMESTAMPTZ,
    CONSTRAINT pk_bank_matches PRIMARY KEY (id),
    CONSTRAINT fk_bank_matches_bank_entry_id FOREIGN KEY (bank_entry_id)
        REFERENCES bank_entries (id),
    CONSTRAINT ck_bank_matches_kind CHECK (kind IN ('trade', 'return')),
    CONSTRAINT ck_bank_matches_state CHECK (state IN ('proposed', 'confirmed', 'rejected')),
    CONSTRAINT ck_bank_matches_target CHECK ((kind = 'trade') = (trade_id IS NOT NULL)),
    CONSTRAINT ck_bank_matches_decided CHECK ((state = 'proposed') = (decided_at IS NULL)),
    CONSTRAINT ck_bank_matches_decider CHECK ((decided_at IS NULL) = (decided_by IS NULL)),
    CONSTRAINT ck_bank_matches_two_officers
        CHECK (state <> 'confirmed' OR decided_by <> proposed_by)
);
CREATE UNIQUE INDEX uq_bank_matches_live ON bank_matches (bank_entry_id)
    WHERE state <> 'rejected';
CREATE INDEX ix_bank_matches_bank_entry_id ON bank_matches (bank_entry_id);
CREATE INDEX ix_bank_matches_trade_id ON bank_matches (trade_id) WHERE trade_id IS NOT NULL;

CREATE TABLE transfer_shares (
    id UUID NOT NULL,
    account_id UUID NOT NULL,
    attempt_id UUID NOT NULL,
    bank_entry_id UUID NOT NULL,
    amount_fen BIGINT NOT NULL,
    taken_at TIMESTAMPTZ NOT NULL,
    CONSTRAINT pk_transfer_shares PRIMARY KEY (id),
    CONSTRAINT uq_transfer_shares_account_id_id UNIQUE (account_id, id),
    CONSTRAINT uq_transfer_shares_account_id_attempt_id_bank_entry_id
        UNIQUE (account_id, attempt_id, bank_entry_id),
    CONSTRAINT fk_transfer_shares_account_id_attempt_id
        FOREIGN KEY (account_id, attempt_id) REFERENCES payment_attempts (account_id, id),
    CONSTRAINT fk_transfer_shares_bank_entry_id FOREIGN KEY (bank_entry_id)
        REFERENCES bank_entries (id),
    CONSTRAINT ck_transfer_shares_amount CHECK (amount_fen > 0)
);
CREATE INDEX ix_transfer_shares_bank_entry_id ON transfer_shares (bank_entry_id);
"""

# What a first officer said, and what the bank said, stays as it was said.
CHANGES = {"bank_entries": ("state",), "bank_matches": ("state", "decided_by", "decided_at")}

ENTRIES = (
    "payment_captured", "trade_paid", "order_completed", "refund_agreed", "refund_paid",
    "fee_refunded", "statement_paid",
)  # fmt: skip
NEW_ENTRIES = ("bank_received", "receipt_identified", "receipt_returned", "bank_refund_paid")
ACCOUNTS = (
    "provider_clearing", "bank", "buyers_clearing", "cooperative_pending", "cooperative_payable",
    "platform_fee", "provider_fee", "coupon_cost", "penalties",
)  # fmt: skip
NEW_ACCOUNTS = ("unidentified_receipts",)


def upgrade() -> None:
    """Create what bank transfers stand on."""
    op.execute("SET lock_timeout = '5s'")
    op.execute(TABLES)
    for table, columns in CHANGES.items():
        op.execute(f"REVOKE UPDATE, DELETE, TRUNCATE ON {table} FROM {app_role()}")
        op.execute(f"GRANT UPDATE ({', '.join(columns)}) ON {table} TO {app_role()}")
    append_only("transfer_shares")
    _admit("journal_entries", "kind", (*ENTRIES, *NEW_ENTRIES))
    _admit("journal_postings", "account_kind", (*ACCOUNTS, *NEW_ACCOUNTS))


def _admit(table: str, column: str, values: tuple[str, ...]) -> None:
    named = ", ".join(f"'{value}'" for value in values)
    op.execute(f"ALTER TABLE {table} DROP CONSTRAINT ck_{table}_{column}")
    op.execute(
        f"ALTER TABLE {table} ADD CONSTRAINT ck_{table}_{column} CHECK ({column} IN ({named}))"
    )


def downgrade() -> None:
    """Remove them again; fails while the journal holds entries of bank transfers."""
    op.execute("SET lock_timeout = '5s'")
    _admit("journal_postings", "account_kind", ACCOUNTS)
    _admit("journal_entries", "kind", ENTRIES)
    op.execute("DROP TABLE transfer_shares, bank_matches, bank_entries, bank_imports")
    op.execute("DROP TABLE transfer_proofs, transfer_references")
