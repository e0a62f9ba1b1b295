"""Other accounts for payers whom the bank could not pay back.

Safe under load: a small new table, and a column without a rewrite.
"""

from alembic import op

from marketplace.migrating import append_only

revision = "0032_corrected_payees"
down_revision = "0031_trackings"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create them."""
    op.execute("SET lock_timeout = '5s'")
    op.execute("""
        CREATE TABLE corrected_payees (
            id UUID NOT NULL,
            bank_entry_id UUID NOT NULL,
            payee BYTEA NOT NULL,
            reason TEXT NOT NULL,
            set_by UUID NOT NULL,
            set_at TIMESTAMPTZ NOT NULL,
            CONSTRAINT pk_corrected_payees PRIMARY KEY (id),
            CONSTRAINT fk_corrected_payees_bank_entry_id FOREIGN KEY (bank_entry_id)
                REFERENCES bank_entries (id)
        )
    """)
    op.execute(
        "CREATE INDEX ix_corrected_payees_bank_entry_id ON corrected_payees (bank_entry_id, id)"
    )
    append_only("corrected_payees")
    op.execute("ALTER TABLE bank_refunds ADD COLUMN payee_set_by UUID")


def downgrade() -> None:
    """Remove them again."""
    op.execute("SET lock_timeout = '5s'")
    op.execute("ALTER TABLE bank_refunds DROP COLUMN payee_set_by")
    op.execute("DROP TABLE corrected_payees")
