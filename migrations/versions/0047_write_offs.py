"""Debts that two officers give up, and what is recovered of them.

Safe under load: a small new table, columns without a rewrite, lists that admit more.
"""

from alembic import op

from marketplace.migrating import admit, app_role, refuse

revision = "0047_write_offs"
down_revision = "0046_webhooks_out"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create them."""
    op.execute("SET lock_timeout = '5s'")
    op.execute("""
        CREATE TABLE debt_write_offs (
            id UUID NOT NULL,
            buying_unit_id UUID NOT NULL,
            receivable_id UUID NOT NULL,
            amount_fen BIGINT NOT NULL,
            reason TEXT NOT NULL,
            state VARCHAR(40) NOT NULL,
            proposed_by UUID NOT NULL,
            proposed_at TIMESTAMPTZ NOT NULL,
            decided_by UUID,
            decided_at TIMESTAMPTZ,
            CONSTRAINT pk_debt_write_offs PRIMARY KEY (id),
            CONSTRAINT uq_debt_write_offs_buying_unit_id_id UNIQUE (buying_unit_id, id),
            CONSTRAINT fk_debt_write_offs_buying_unit_id_receivable_id
                FOREIGN KEY (buying_unit_id, receivable_id)
                REFERENCES receivables (buying_unit_id, id),
            CONSTRAINT ck_debt_write_offs_state
                CHECK (state IN ('proposed', 'confirmed', 'rejected')),
            CONSTRAINT ck_debt_write_offs_amount CHECK (amount_fen > 0),
            CONSTRAINT ck_debt_write_offs_decided
                CHECK ((state = 'proposed') = (decided_by IS NULL)),
            CONSTRAINT ck_debt_write_offs_decider
                CHECK ((decided_at IS NULL) = (decided_by IS NULL)),
            CONSTRAINT ck_debt_write_offs_two_officers
                CHECK (state <> 'confirmed' OR decided_by <> proposed_by)
        )
    """)
    op.execute("""
        CREATE UNIQUE INDEX uq_debt_write_offs_live
            ON debt_write_offs (buying_unit_id, receivable_id) WHERE state <> 'rejected'
    """)
    op.execute(
        "CREATE INDEX ix_debt_write_offs_receivable"
        " ON debt_write_offs (buying_unit_id, receivable_id)"
    )
    op.execute(f"REVOKE UPDATE, DELETE, TRUNCATE ON debt_write_offs FROM {app_role()}")
    op.execute(f"GRANT UPDATE (state, decided_by, decided_at) ON debt_write_offs TO {app_role()}")
    op.execute("""
        ALTER TABLE receivables
            ADD COLUMN written_off_fen BIGINT NOT NULL DEFAULT 0,
            ADD COLUMN recovered_fen BIGINT NOT NULL DEFAULT 0,
            ADD COLUMN written_off_at TIMESTAMPTZ,
            ADD CONSTRAINT ck_receivables_written_off CHECK (
                written_off_fen >= 0 AND recovered_fen >= 0
                AND (written_off_at IS NOT NULL OR (written_off_fen = 0 AND recovered_fen = 0))
                AND (written_off_at IS NULL OR written_off_fen - recovered_fen
                     = amount_fen - reduced_fen - paid_fen + returned_fen))
    """)
    op.execute(
        "GRANT UPDATE (written_off_fen, recovered_fen, written_off_at) ON receivables"
        f" TO {app_role()}"
    )
    op.execute("ALTER TABLE orders ADD COLUMN debt_written_off_at TIMESTAMPTZ")
    op.execute("ALTER TABLE order_lines ADD COLUMN uncollected_fen BIGINT NOT NULL DEFAULT 0")
    admit("journal_entries", "kind", "debt_written_off")
    admit("journal_postings", "account_kind", "bad_debts", "bad_debts_recovered")


def downgrade() -> None:
    """Remove them again; fails while anything was written off."""
    op.execute("SET lock_timeout = '5s'")
    refuse("journal_postings", "account_kind", "bad_debts", "bad_debts_recovered")
    refuse("journal_entries", "kind", "debt_written_off")
    op.execute("ALTER TABLE order_lines DROP COLUMN uncollected_fen")
    op.execute("ALTER TABLE orders DROP COLUMN debt_written_off_at")
    op.execute("""
        ALTER TABLE receivables DROP CONSTRAINT ck_receivables_written_off,
            DROP COLUMN written_off_fen, DROP COLUMN recovered_fen, DROP COLUMN written_off_at
    """)
    op.execute("DROP TABLE debt_write_offs")
