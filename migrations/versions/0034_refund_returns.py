"""Refunds whose money came back: when, and the entry that books it.

Safe under load: a small new table, and a constraint that admits one kind more.
"""

from alembic import op

from marketplace.migrating import admit, append_only, refuse

revision = "0034_refund_returns"
down_revision = "0033_invoice_replacements"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create it."""
    op.execute("SET lock_timeout = '5s'")
    op.execute("""
        CREATE TABLE refund_returns (
            id UUID NOT NULL,
            account_id UUID NOT NULL,
            refund_id UUID NOT NULL,
            provider_reference TEXT NOT NULL,
            amount BIGINT NOT NULL,
            currency TEXT NOT NULL,
            came_back_at TIMESTAMPTZ NOT NULL,
            CONSTRAINT pk_refund_returns PRIMARY KEY (id),
            CONSTRAINT uq_refund_returns_provider_reference UNIQUE (provider_reference),
            CONSTRAINT fk_refund_returns_account_id_refunds FOREIGN KEY (account_id, refund_id)
                REFERENCES refunds (account_id, id),
            CONSTRAINT ck_refund_returns_amount CHECK (amount > 0)
        )
    """)
    op.execute(
        "CREATE INDEX ix_refund_returns_refund ON refund_returns (account_id, refund_id, id)"
    )
    append_only("refund_returns")
    admit("journal_entries", "kind", "refund_returned")


def downgrade() -> None:
    """Remove it again; fails while the journal holds such entries."""
    op.execute("SET lock_timeout = '5s'")
    refuse("journal_entries", "kind", "refund_returned")
    op.execute("DROP TABLE refund_returns")
