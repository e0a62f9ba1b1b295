"""Wishes of buyers to have issued invoices made out anew.

Safe under load: a new table.
"""

from alembic import op

revision = "0033_invoice_replacements"
down_revision = "0032_corrected_payees"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create it."""
    op.execute("SET lock_timeout = '5s'")
    op.execute("""
        CREATE TABLE invoice_replacements (
            id UUID NOT NULL,
            cooperative_id UUID NOT NULL,
            invoice_id UUID NOT NULL,
            account_id UUID NOT NULL,
            state VARCHAR(40) NOT NULL,
            title_sealed BYTEA NOT NULL,
            invoice_type VARCHAR(40) NOT NULL,
            reason TEXT NOT NULL,
            asked_at TIMESTAMPTZ NOT NULL,
            answer TEXT,
            answered_by UUID,
            closed_at TIMESTAMPTZ,
            successor_id UUID,
            CONSTRAINT pk_invoice_replacements PRIMARY KEY (id),
            CONSTRAINT uq_invoice_replacements_cooperative_id_id UNIQUE (cooperative_id, id),
            CONSTRAINT fk_invoice_replacements_cooperative_id_invoice_id
                FOREIGN KEY (cooperative_id, invoice_id) REFERENCES invoices (cooperative_id, id),
            CONSTRAINT fk_invoice_replacements_cooperative_id_successor_id
                FOREIGN KEY (cooperative_id, successor_id) REFERENCES invoices (cooperative_id, id),
            CONSTRAINT ck_invoice_replacements_state CHECK (
                state IN ('asked', 'agreed', 'declined', 'withdrawn', 'done', 'lapsed')),
            CONSTRAINT ck_invoice_replacements_invoice_type CHECK (
                invoice_type IN ('ordinary', 'special')),
            CONSTRAINT ck_invoice_replacements_closed CHECK (
                (closed_at IS NULL) = (state IN ('asked', 'agreed'))),
            CONSTRAINT ck_invoice_replacements_successor CHECK (
                (successor_id IS NOT NULL) = (state = 'done'))
        )
    """)
    op.execute("""
        CREATE UNIQUE INDEX uq_invoice_replacements_open
            ON invoice_replacements (cooperative_id, invoice_id) WHERE state IN ('asked', 'agreed')
    """)
    op.execute("""
        CREATE INDEX ix_invoice_replacements_invoice
            ON invoice_replacements (cooperative_id, invoice_id, id)
    """)
    op.execute("""
        CREATE INDEX ix_invoice_replacements_successor
            ON invoice_replacements (cooperative_id, successor_id)
    """)


def downgrade() -> None:
    """Remove it again."""
    op.execute("SET lock_timeout = '5s'")
    op.execute("DROP TABLE invoice_replacements")
