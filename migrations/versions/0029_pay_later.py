"""Paying later: terms of units, what they owe, repayments; orders whose goods come first.

Safe under load: creates new tables and adds columns without a rewrite; the checks on kinds of journal
entries, accounts, outcomes and reasons are replaced in one step each (every stored one passes).
"""

from alembic import op

from marketplace.migrating import app_role, append_only

revision = "0029_pay_later"
down_revision = "0028_recoveries"
branch_labels = None
depends_on = None

TABLES = """
CREATE TABLE pay_later_terms (
    id UUID NOT NULL,
    buying_unit_id UUID NOT NULL,
    limit_fen BIGINT NOT NULL,
    due_days INTEGER NOT NULL,
    grace_days INTEGER NOT NULL,
    changed_at TIMESTAMPTZ NOT NULL,
    CONSTRAINT pk_pay_later_terms PRIMARY KEY (id),
    CONSTRAINT uq_pay_later_terms_buying_unit_id_id UNIQUE (buying_unit_id, id),
    CONSTRAINT uq_pay_later_terms_buying_unit_id UNIQUE (buying_unit_id),
    CONSTRAINT ck_pay_later_terms_limit CHECK (limit_fen >= 0 AND due_days BETWEEN 1 AND 60),
    CONSTRAINT ck_pay_later_terms_grace CHECK (grace_days BETWEEN 0 AND 60)
);

CREATE TABLE pay_later_changes (
    id UUID NOT NULL,
    buying_unit_id UUID NOT NULL,
    limit_fen BIGINT NOT NULL,
    due_days INTEGER NOT NULL,
    grace_days INTEGER NOT NULL,
    reason TEXT NOT NULL,
    state VARCHAR(40) NOT NULL,
    proposed_by UUID NOT NULL,
    proposed_at TIMESTAMPTZ NOT NULL,
    decided_by UUID,
    decided_at TIMESTAMPTZ,
    CONSTRAINT pk_pay_later_changes PRIMARY KEY (id),
    CONSTRAINT uq_pay_later_changes_buying_unit_id_id UNIQUE (buying_unit_id, id),
    CONSTRAINT ck_pay_later_changes_state CHECK (state IN ('proposed', 'confirmed', 'rejected')),
    CONSTRAINT ck_pay_later_changes_limit CHECK (limit_fen >= 0 AND due_days BETWEEN 1 AND 60),
    CONSTRAINT ck_pay_later_changes_grace CHECK (grace_days BETWEEN 0 AND 60),
    CONSTRAINT ck_pay_later_changes_decided CHECK ((state = 'proposed') = (decided_by IS NULL)),
    CONSTRAINT ck_pay_later_changes_decider CHECK ((decided_at IS NULL) = (decided_by IS NULL)),
    CONSTRAINT ck_pay_later_changes_two_officers
        CHECK (state <> 'confirmed' OR decided_by <> proposed_by)
);
CREATE UNIQUE INDEX uq_pay_later_changes_open ON pay_later_changes (buying_unit_id)
    WHERE state = 'proposed';

CREATE TABLE receivables (
    id UUID NOT NULL,
    buying_unit_id UUID NOT NULL,
    order_id UUID NOT NULL,
    trade_id UUID NOT NULL,
    cooperative_id UUID NOT NULL,
    amount_fen BIGINT NOT NULL,
    reduced_fen BIGINT NOT NULL,
    paid_fen BIGINT NOT NULL,
    returned_fen BIGINT NOT NULL,
    due_days INTEGER NOT NULL,
    grace_days INTEGER NOT NULL,
    released_at TIMESTAMPTZ NOT NULL,
    due_on DATE,
    settled_at TIMESTAMPTZ,
    CONSTRAINT pk_receivables PRIMARY KEY (id),
    CONSTRAINT uq_receivables_buying_unit_id_id UNIQUE (buying_unit_id, id),
    CONSTRAINT uq_receivables_buying_unit_id_order_id UNIQUE (buying_unit_id, order_id),
    CONSTRAINT ck_receivables_amounts CHECK (
        amount_fen > 0 AND reduced_fen BETWEEN 0 AND amount_fen AND paid_fen >= 0
        AND returned_fen BETWEEN 0 AND paid_fen
        AND amount_fen - reduced_fen - paid_fen + returned_fen >= 0),
    CONSTRAINT ck_receivables_settled CHECK (
        (settled_at IS NOT NULL) = (amount_fen - reduced_fen - paid_fen + returned_fen = 0))
);
CREATE INDEX ix_receivables_order_id ON receivables (order_id);
CREATE INDEX ix_receivables_trade_id ON receivables (trade_id);
CREATE INDEX ix_receivables_due ON receivables (due_on) WHERE settled_at IS NULL;

CREATE TABLE repayments (
    id UUID NOT NULL,
    buying_unit_id UUID NOT NULL,
    receivable_id UUID NOT NULL,
    attempt_id UUID NOT NULL,
    amount_fen BIGINT NOT NULL,
    returned_fen BIGINT NOT NULL,
    paid_at TIMESTAMPTZ NOT NULL,
    CONSTRAINT pk_repayments PRIMARY KEY (id),
    CONSTRAINT uq_repayments_buying_unit_id_id UNIQUE (buying_unit_id, id),
    CONSTRAINT uq_repayments_buying_unit_id_receivable_id_attempt_id
        UNIQUE (buying_unit_id, receivable_id, attempt_id),
    CONSTRAINT fk_repayments_buying_unit_id_receivable_id
        FOREIGN KEY (buying_unit_id, receivable_id) REFERENCES receivables (buying_unit_id, id),
    CONSTRAINT ck_repayments_amounts CHECK
        (amount_fen > 0 AND returned_fen BETWEEN 0 AND amount_fen)
);
CREATE INDEX ix_repayments_attempt_id ON repayments (attempt_id);

CREATE TABLE receivable_reminders (
    id UUID NOT NULL,
    buying_unit_id UUID NOT NULL,
    receivable_id UUID NOT NULL,
    stage VARCHAR(40) NOT NULL,
    owed_fen BIGINT NOT NULL,
    noted_at TIMESTAMPTZ NOT NULL,
    CONSTRAINT pk_receivable_reminders PRIMARY KEY (id),
    CONSTRAINT uq_receivable_reminders_buying_unit_id_receivable_id_stage
        UNIQUE (buying_unit_id, receivable_id, stage),
    CONSTRAINT fk_receivable_reminders_buying_unit_id_receivable_id
        FOREIGN KEY (buying_unit_id, receivable_id) REFERENCES receivables (buying_unit_id, id),
    CONSTRAINT ck_receivable_reminders_stage CHECK (stage IN ('due_soon', 'due', 'overdue',
        'grace_over', 'long_overdue'))
);

ALTER TABLE orders
    ADD COLUMN goods_first BOOLEAN NOT NULL DEFAULT false,
    ADD COLUMN settled_at TIMESTAMPTZ;
"""

# What was proposed, what was sold and what was paid stay as they were written.
CHANGES = {
    "pay_later_changes": ("state", "decided_by", "decided_at"),
    "receivables": ("reduced_fen", "paid_fen", "returned_fen", "due_on", "settled_at"),
    "repayments": ("returned_fen",),
}
ENTRIES = (
    "payment_captured", "trade_paid", "order_completed", "refund_agreed", "refund_paid",
    "fee_refunded", "statement_paid", "bank_received", "receipt_identified", "receipt_returned",
    "bank_refund_paid", "refund_paid_otherwise",
)  # fmt: skip
NEW_ENTRIES = ("goods_released", "receivable_paid", "receivable_reduced")
ACCOUNTS = (
    "provider_clearing", "bank", "buyers_clearing", "cooperative_pending", "cooperative_payable",
    "platform_fee", "provider_fee", "coupon_cost", "penalties", "unidentified_receipts",
)  # fmt: skip
OWNED = ("cooperative_pending", "cooperative_payable", "provider_clearing", "provider_fee")
OUTCOMES = (
    "accepted", "second_success", "trade_cancelled", "trade_expired", "wrong_amount",
    "other_currency",
)  # fmt: skip


def upgrade() -> None:
    """Create what paying later stands on."""
    op.execute("SET lock_timeout = '5s'")
    op.execute(TABLES)
    for table, columns in CHANGES.items():
        op.execute(f"REVOKE UPDATE, DELETE, TRUNCATE ON {table} FROM {app_role()}")
        op.execute(f"GRANT UPDATE ({', '.join(columns)}) ON {table} TO {app_role()}")
    append_only("receivable_reminders")
    _admit("journal_entries", "kind", "kind", (*ENTRIES, *NEW_ENTRIES))
    _admit("journal_postings", "account_kind", "account_kind", (*ACCOUNTS, "unit_receivables"))
    _own((*OWNED, "unit_receivables"))
    _admit("payment_attempts", "outcome_named", "outcome", (*OUTCOMES, "repaid"))
    _admit("refunds", "reason", "reason", ("aftersales", *OUTCOMES[1:], "debt_reduced"))


def _listed(values: tuple[str, ...]) -> str:
    return ", ".join(f"'{value}'" for value in values)


def _admit(table: str, name: str, column: str, values: tuple[str, ...]) -> None:
    op.execute(f"ALTER TABLE {table} DROP CONSTRAINT ck_{table}_{name}")
    op.execute(
        f"ALTER TABLE {table} ADD CONSTRAINT ck_{table}_{name}"
        f" CHECK ({column} IN ({_listed(values)}))"
    )


def _own(kinds: tuple[str, ...]) -> None:
    op.execute("ALTER TABLE journal_postings DROP CONSTRAINT ck_journal_postings_owner")
    op.execute(
        "ALTER TABLE journal_postings ADD CONSTRAINT ck_journal_postings_owner"
        f" CHECK ((account_kind IN ({_listed(kinds)})) = (owner_id IS NOT NULL))"
    )


def downgrade() -> None:
    """Remove them again; fails while anything was bought on terms."""
    op.execute("SET lock_timeout = '5s'")
    _admit("refunds", "reason", "reason", ("aftersales", *OUTCOMES[1:]))
    _admit("payment_attempts", "outcome_named", "outcome", OUTCOMES)
    _own(OWNED)
    _admit("journal_postings", "account_kind", "account_kind", ACCOUNTS)
    _admit("journal_entries", "kind", "kind", ENTRIES)
    op.execute("ALTER TABLE orders DROP COLUMN goods_first, DROP COLUMN settled_at")
    op.execute("DROP TABLE receivable_reminders, repayments, receivables")
    op.execute("DROP TABLE pay_later_changes, pay_later_terms")
