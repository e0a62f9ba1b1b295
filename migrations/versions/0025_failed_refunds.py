"""Refunds that a provider refused: how often they were tried again, and payment by other means.

Safe under load: columns without a rewrite, one new table, one constraint that admits one kind more.
"""

from alembic import op

from marketplace.migrating import app_role

revision = "0025_failed_refunds"
down_revision = "0024_silent_numbers"
branch_labels = None
depends_on = None

KINDS = (
    "payment_captured", "trade_paid", "order_completed", "refund_agreed", "refund_paid",
    "fee_refunded", "statement_paid", "bank_received", "receipt_identified", "receipt_returned",
    "bank_refund_paid",
)  # fmt: skip
NEW_KIND = "refund_paid_otherwise"
TABLE = """
CREATE TABLE refund_settlements (
    id UUID NOT NULL,
    account_id UUID NOT NULL,
    refund_id UUID NOT NULL,
    state VARCHAR(40) NOT NULL,
    bank_serial TEXT NOT NULL,
    paid_on DATE NOT NULL,
    note TEXT NOT NULL,
    digest TEXT NOT NULL,
    content_type TEXT NOT NULL,
    recorded_by UUID NOT NULL,
    recorded_at TIMESTAMP WITH TIME ZONE NOT NULL,
    decided_by UUID,
    decided_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_refund_settlements PRIMARY KEY (id),
    CONSTRAINT fk_refund_settlements_account_id_refunds
        FOREIGN KEY (account_id, refund_id) REFERENCES refunds (account_id, id),
    CONSTRAINT ck_refund_settlements_state CHECK (state IN ('recorded', 'confirmed', 'rejected')),
    CONSTRAINT ck_refund_settlements_decided CHECK ((state = 'recorded') = (decided_by IS NULL)),
    CONSTRAINT ck_refund_settlements_decider CHECK ((decided_at IS NULL) = (decided_by IS NULL)),
    CONSTRAINT ck_refund_settlements_two_officers
        CHECK (state <> 'confirmed' OR decided_by <> recorded_by)
);
CREATE UNIQUE INDEX uq_refund_settlements_refund ON refund_settlements (account_id, refund_id)
    WHERE state <> 'rejected';
CREATE UNIQUE INDEX uq_refund_settlements_bank_serial ON refund_settlements (bank_serial)
    WHERE state <> 'rejected';
"""


def upgrade() -> None:
    """Add them."""
    op.execute("SET lock_timeout = '5s'")
    op.execute("""
        ALTER TABLE refunds
            ADD COLUMN rounds INTEGER NOT NULL DEFAULT 0,
            ADD COLUMN given_up_references TEXT[] NOT NULL DEFAULT '{}'
    """)
    op.execute(
        "CREATE INDEX ix_refunds_failed ON refunds (requested_at, id) WHERE state = 'failed'"
    )
    op.execute(TABLE)
    # What the first officer said stays as it was said.
    op.execute(f"REVOKE UPDATE, DELETE, TRUNCATE ON refund_settlements FROM {app_role()}")
    op.execute(
        f"GRANT UPDATE (state, decided_by, decided_at) ON refund_settlements TO {app_role()}"
    )
    _admit((*KINDS, NEW_KIND))


def _admit(kinds: tuple[str, ...]) -> None:
    named = ", ".join(f"'{kind}'" for kind in kinds)
    op.execute("ALTER TABLE journal_entries DROP CONSTRAINT ck_journal_entries_kind")
    op.execute(
        f"ALTER TABLE journal_entries ADD CONSTRAINT ck_journal_entries_kind CHECK (kind IN ({named}))"
    )


def downgrade() -> None:
    """Forget them; fails while the journal holds refunds paid by other means."""
    op.execute("SET lock_timeout = '5s'")
    _admit(KINDS)
    op.execute("DROP TABLE refund_settlements")
    op.execute("DROP INDEX ix_refunds_failed")
    op.execute("ALTER TABLE refunds DROP COLUMN rounds, DROP COLUMN given_up_references")
