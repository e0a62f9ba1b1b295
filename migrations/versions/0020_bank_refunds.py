"""Bank refund lists: made by one officer, released by another, answered by the bank.

Safe under load: creates new tables only.
"""

from alembic import op

from marketplace.migrating import app_role

revision = "0020_bank_refunds"
down_revision = "0019_bank_transfers"
branch_labels = None
depends_on = None

TABLES = """
CREATE TABLE bank_refund_lists (
    id UUID NOT NULL,
    list_no TEXT NOT NULL,
    state VARCHAR(40) NOT NULL,
    payments BIGINT NOT NULL,
    total_fen BIGINT NOT NULL,
    made_by UUID NOT NULL,
    made_at TIMESTAMPTZ NOT NULL,
    decided_by UUID,
    decided_at TIMESTAMPTZ,
    CONSTRAINT pk_bank_refund_lists PRIMARY KEY (id),
    CONSTRAINT uq_bank_refund_lists_list_no UNIQUE (list_no),
    CONSTRAINT ck_bank_refund_lists_state CHECK (state IN ('made', 'released', 'rejected')),
    CONSTRAINT ck_bank_refund_lists_decided CHECK ((state = 'made') = (decided_by IS NULL)),
    CONSTRAINT ck_bank_refund_lists_decider CHECK ((decided_at IS NULL) = (decided_by IS NULL)),
    CONSTRAINT ck_bank_refund_lists_two_officers
        CHECK (state <> 'released' OR decided_by <> made_by)
);

CREATE TABLE bank_refunds (
    id UUID NOT NULL,
    list_id UUID NOT NULL,
    payment_no TEXT NOT NULL,
    bank_entry_id UUID NOT NULL,
    account_id UUID,
    refund_id UUID,
    amount_fen BIGINT NOT NULL,
    payee BYTEA NOT NULL,
    state VARCHAR(40) NOT NULL,
    bank_serial TEXT,
    failure TEXT,
    answered_at TIMESTAMPTZ,
    CONSTRAINT pk_bank_refunds PRIMARY KEY (id),
    CONSTRAINT uq_bank_refunds_payment_no UNIQUE (payment_no),
    CONSTRAINT uq_bank_refunds_bank_serial UNIQUE (bank_serial),
    CONSTRAINT fk_bank_refunds_list_id FOREIGN KEY (list_id) REFERENCES bank_refund_lists (id),
    CONSTRAINT fk_bank_refunds_bank_entry_id FOREIGN KEY (bank_entry_id)
        REFERENCES bank_entries (id),
    CONSTRAINT fk_bank_refunds_account_id_refund_id
        FOREIGN KEY (account_id, refund_id) REFERENCES refunds (account_id, id),
    CONSTRAINT ck_bank_refunds_state CHECK (state IN ('sent', 'paid', 'failed')),
    CONSTRAINT ck_bank_refunds_amount CHECK (amount_fen > 0),
    CONSTRAINT ck_bank_refunds_refund CHECK ((refund_id IS NULL) = (account_id IS NULL)),
    CONSTRAINT ck_bank_refunds_answered CHECK (
        (state = 'paid') = (bank_serial IS NOT NULL)
        AND (state = 'failed') = (failure IS NOT NULL)
        AND (state = 'sent') = (answered_at IS NULL))
);
CREATE INDEX ix_bank_refunds_refund ON bank_refunds (account_id, refund_id);
CREATE INDEX ix_bank_refunds_list_id ON bank_refunds (list_id);
CREATE INDEX ix_bank_refunds_bank_entry_id ON bank_refunds (bank_entry_id);
CREATE UNIQUE INDEX uq_bank_refunds_return ON bank_refunds (bank_entry_id)
    WHERE refund_id IS NULL AND state <> 'failed';
"""

# Who made a list, and what it asks of the bank, stays as it was released.
CHANGES = {
    "bank_refund_lists": ("state", "decided_by", "decided_at"),
    "bank_refunds": ("state", "bank_serial", "failure", "answered_at"),
}


def upgrade() -> None:
    """Create them."""
    op.execute(TABLES)
    for table, columns in CHANGES.items():
        op.execute(f"REVOKE UPDATE, DELETE, TRUNCATE ON {table} FROM {app_role()}")
        op.execute(f"GRANT UPDATE ({', '.join(columns)}) ON {table} TO {app_role()}")


def downgrade() -> None:
    """Remove them again."""
    op.execute("DROP TABLE bank_refunds, bank_refund_lists")
