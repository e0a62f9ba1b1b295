"""Payout batches and payouts.

Safe under load: creates new tables only.
"""

from alembic import op

revision = "0011_payouts"
down_revision = "0010_settlements"
branch_labels = None
depends_on = None

TABLES = """
CREATE TABLE payout_batches (
    id UUID NOT NULL,
    batch_no TEXT NOT NULL,
    payouts BIGINT NOT NULL,
    total_fen BIGINT NOT NULL,
    made_by UUID NOT NULL,
    made_at TIMESTAMPTZ NOT NULL,
    CONSTRAINT pk_payout_batches PRIMARY KEY (id),
    CONSTRAINT uq_payout_batches_batch_no UNIQUE (batch_no)
);

CREATE TABLE payouts (
    id UUID NOT NULL,
    cooperative_id UUID NOT NULL,
    cooperative_name TEXT NOT NULL,
    batch_id UUID NOT NULL,
    statement_id UUID NOT NULL,
    statement_no TEXT NOT NULL,
    payout_account_id UUID NOT NULL,
    payout_no TEXT NOT NULL,
    amount_fen BIGINT NOT NULL,
    state VARCHAR(40) NOT NULL,
    bank_serial TEXT,
    failure TEXT,
    answered_at TIMESTAMPTZ,
    CONSTRAINT pk_payouts PRIMARY KEY (id),
    CONSTRAINT uq_payouts_cooperative_id_id UNIQUE (cooperative_id, id),
    CONSTRAINT uq_payouts_payout_no UNIQUE (payout_no),
    CONSTRAINT uq_payouts_bank_serial UNIQUE (bank_serial),
    CONSTRAINT fk_payouts_batch_id FOREIGN KEY (batch_id) REFERENCES payout_batches (id),
    CONSTRAINT fk_payouts_cooperative_id_statement_id
        FOREIGN KEY (cooperative_id, statement_id) REFERENCES statements (cooperative_id, id),
    CONSTRAINT fk_payouts_cooperative_id_payout_account_id
        FOREIGN KEY (cooperative_id, payout_account_id)
        REFERENCES payout_accounts (cooperative_id, id),
    CONSTRAINT ck_payouts_state CHECK (state IN ('sent', 'paid', 'failed')),
    CONSTRAINT ck_payouts_amount CHECK (amount_fen > 0),
    CONSTRAINT ck_payouts_answered CHECK (
        (state = 'paid') = (bank_serial IS NOT NULL)
        AND (state = 'failed') = (failure IS NOT NULL)
        AND (state = 'sent') = (answered_at IS NULL))
);
CREATE INDEX ix_payouts_statement ON payouts (cooperative_id, statement_id);
CREATE UNIQUE INDEX uq_payouts_live ON payouts (cooperative_id, statement_id)
    WHERE state <> 'failed';
CREATE INDEX ix_payouts_account ON payouts (cooperative_id, payout_account_id);
CREATE INDEX ix_payouts_batch_id ON payouts (batch_id);
"""


def upgrade() -> None:
    """Create them."""
    op.execute(TABLES)


def downgrade() -> None:
    """Remove them again."""
    op.execute("DROP TABLE payouts, payout_batches")
