"""Daily reconciliation: providers' movements, runs, differences, what outgoing bank entries were.

Safe under load: new tables; two partial indexes on tables of a few rows a second; the checks on kinds
of journal entries and accounts are replaced in one step each, keeping every kind they admit.
"""

from alembic import op

from marketplace.migrating import admit, append_only, refuse

revision = "0038_reconciliation"
down_revision = "0037_outbox"
branch_labels = None
depends_on = None

ENTRIES = ("provider_fee_taken", "provider_paid_out")
ACCOUNTS = ("money_in_transit",)
KINDS = (
    "other_day", "payment_returned", "payment_unknown", "notice_lost", "payment_not_seen",
    "charged_twice", "amount_differs", "payment_returning", "orders_differ", "refund_unknown",
    "refund_notice_lost", "refund_not_seen", "refund_came_back", "fee_not_booked",
    "payout_not_booked", "disputed", "movement_unknown", "other_currency", "not_booked",
    "booked_otherwise", "entry_unknown", "unexplained", "receipt_unidentified", "return_waiting",
    "outgoing_unmatched", "paid_twice", "answer_missing", "not_at_bank", "debt_differs",
)  # fmt: skip
MOVEMENTS = (
    "payment", "refund", "refund_failure", "dispute", "dispute_reversal", "fee", "payout",
    "payout_reversal", "transfer", "transfer_reversal", "other",
)  # fmt: skip
ITEMS = (
    "payment", "refund", "fee", "movement", "entry", "trade", "day", "bank_entry", "payout",
    "bank_refund", "refund_settlement", "order", "unit",
)  # fmt: skip


def _listed(names: tuple[str, ...]) -> str:
    return ", ".join(f"'{name}'" for name in names)


TABLES = f"""
CREATE TABLE provider_movements (
    id UUID NOT NULL,
    provider TEXT NOT NULL,
    reference TEXT NOT NULL,
    kind VARCHAR(40) NOT NULL,
    item VARCHAR(40) NOT NULL,
    subject_id UUID NOT NULL,
    amount BIGINT NOT NULL,
    fee BIGINT NOT NULL,
    currency TEXT NOT NULL,
    source_reference TEXT,
    occurred_at TIMESTAMPTZ NOT NULL,
    moved_on DATE NOT NULL,
    available_at TIMESTAMPTZ,
    read_at TIMESTAMPTZ NOT NULL,
    CONSTRAINT pk_provider_movements PRIMARY KEY (id),
    CONSTRAINT uq_provider_movements_provider_reference UNIQUE (provider, reference),
    CONSTRAINT ck_provider_movements_kind CHECK (kind IN ({_listed(MOVEMENTS)})),
    CONSTRAINT ck_provider_movements_item CHECK (item IN ({_listed(ITEMS)}))
);
CREATE INDEX ix_provider_movements_day ON provider_movements (provider, moved_on);
CREATE INDEX ix_provider_movements_subject ON provider_movements (subject_id, item);

CREATE TABLE reconciliation_runs (
    id UUID NOT NULL,
    channel TEXT NOT NULL,
    day DATE NOT NULL,
    state VARCHAR(40) NOT NULL,
    stage VARCHAR(40) NOT NULL,
    rounds INTEGER NOT NULL,
    started_by UUID,
    started_at TIMESTAMPTZ NOT NULL,
    finished_at TIMESTAMPTZ,
    failure TEXT,
    read BIGINT NOT NULL,
    compared BIGINT NOT NULL,
    provider_fen BIGINT NOT NULL,
    booked_fen BIGINT NOT NULL,
    is_stale BOOLEAN NOT NULL,
    CONSTRAINT pk_reconciliation_runs PRIMARY KEY (id),
    CONSTRAINT uq_reconciliation_runs_channel_day UNIQUE (channel, day),
    CONSTRAINT ck_reconciliation_runs_state CHECK (state IN ('running', 'done', 'failed')),
    CONSTRAINT ck_reconciliation_runs_stage_named
        CHECK (stage IN ('reading', 'booking', 'comparing', 'asking', 'done')),
    CONSTRAINT ck_reconciliation_runs_stage CHECK ((state = 'done') = (stage = 'done')),
    CONSTRAINT ck_reconciliation_runs_failure CHECK ((state = 'failed') = (failure IS NOT NULL)),
    CONSTRAINT ck_reconciliation_runs_finished CHECK (state <> 'done' OR finished_at IS NOT NULL)
);

CREATE TABLE reconciliation_differences (
    id UUID NOT NULL,
    run_id UUID NOT NULL,
    item VARCHAR(40) NOT NULL,
    subject_id UUID NOT NULL,
    kind VARCHAR(40) NOT NULL,
    state VARCHAR(40) NOT NULL,
    currency TEXT NOT NULL,
    provider_amount BIGINT,
    recorded_amount BIGINT,
    booked_amount BIGINT,
    gap_fen BIGINT NOT NULL,
    found_at TIMESTAMPTZ NOT NULL,
    changed_at TIMESTAMPTZ NOT NULL,
    version INTEGER NOT NULL,
    closed_by UUID,
    closed_at TIMESTAMPTZ,
    reason TEXT,
    CONSTRAINT pk_reconciliation_differences PRIMARY KEY (id),
    CONSTRAINT uq_reconciliation_differences_run_id_item_subject_id
        UNIQUE (run_id, item, subject_id),
    CONSTRAINT fk_reconciliation_differences_run_id FOREIGN KEY (run_id)
        REFERENCES reconciliation_runs (id),
    CONSTRAINT ck_reconciliation_differences_item CHECK (item IN ({_listed(ITEMS)})),
    CONSTRAINT ck_reconciliation_differences_kind CHECK (kind IN ({_listed(KINDS)})),
    CONSTRAINT ck_reconciliation_differences_state CHECK (state IN ('open', 'closed', 'settled')),
    CONSTRAINT ck_reconciliation_differences_closed CHECK (
        (state = 'closed') = (closed_by IS NOT NULL)
        AND (closed_by IS NULL) = (closed_at IS NULL) AND (closed_by IS NULL) = (reason IS NULL))
);
CREATE INDEX ix_reconciliation_differences_open ON reconciliation_differences (run_id)
    WHERE state = 'open';

CREATE TABLE reconciliation_steps (
    id UUID NOT NULL,
    difference_id UUID NOT NULL,
    step VARCHAR(40) NOT NULL,
    kind VARCHAR(40) NOT NULL,
    provider_amount BIGINT,
    recorded_amount BIGINT,
    booked_amount BIGINT,
    taken_by UUID,
    reason TEXT,
    at TIMESTAMPTZ NOT NULL,
    CONSTRAINT pk_reconciliation_steps PRIMARY KEY (id),
    CONSTRAINT fk_reconciliation_steps_difference_id FOREIGN KEY (difference_id)
        REFERENCES reconciliation_differences (id),
    CONSTRAINT ck_reconciliation_steps_step
        CHECK (step IN ('found', 'changed', 'settled', 'closed', 'reopened')),
    CONSTRAINT ck_reconciliation_steps_kind CHECK (kind IN ({_listed(KINDS)})),
    CONSTRAINT ck_reconciliation_steps_closed CHECK (
        (step = 'closed') = (taken_by IS NOT NULL) AND (step = 'closed') = (reason IS NOT NULL))
);
CREATE INDEX ix_reconciliation_steps_difference_id ON reconciliation_steps (difference_id, id);

CREATE TABLE outgoing_matches (
    id UUID NOT NULL,
    bank_entry_id UUID NOT NULL,
    item VARCHAR(40) NOT NULL,
    subject_id UUID NOT NULL,
    rule TEXT NOT NULL,
    matched_by UUID,
    matched_at TIMESTAMPTZ NOT NULL,
    undone_by UUID,
    undone_at TIMESTAMPTZ,
    CONSTRAINT pk_outgoing_matches PRIMARY KEY (id),
    CONSTRAINT fk_outgoing_matches_bank_entry_id FOREIGN KEY (bank_entry_id)
        REFERENCES bank_entries (id),
    CONSTRAINT ck_outgoing_matches_item CHECK (item IN ({_listed(ITEMS)})),
    CONSTRAINT ck_outgoing_matches_target
        CHECK (item IN ('payout', 'bank_refund', 'refund_settlement')),
    CONSTRAINT ck_outgoing_matches_person CHECK ((rule = 'officer') = (matched_by IS NOT NULL)),
    CONSTRAINT ck_outgoing_matches_undone CHECK ((undone_at IS NULL) = (undone_by IS NULL))
);
CREATE INDEX ix_outgoing_matches_bank_entry_id ON outgoing_matches (bank_entry_id);
CREATE UNIQUE INDEX uq_outgoing_matches_entry ON outgoing_matches (bank_entry_id)
    WHERE undone_at IS NULL;
CREATE UNIQUE INDEX uq_outgoing_matches_subject ON outgoing_matches (subject_id, item)
    WHERE undone_at IS NULL;

CREATE INDEX ix_payment_attempts_succeeded_at ON payment_attempts (provider, succeeded_at)
    WHERE succeeded_at IS NOT NULL;
CREATE INDEX ix_refunds_ended_at ON refunds (ended_at) WHERE state = 'succeeded';
"""


def upgrade() -> None:
    """Create them, and admit the new kinds."""
    op.execute("SET lock_timeout = '5s'")
    op.execute(TABLES)
    append_only("provider_movements")
    append_only("reconciliation_steps")
    admit("journal_entries", "kind", *ENTRIES)
    admit("journal_postings", "account_kind", *ACCOUNTS)


def downgrade() -> None:
    """Remove them again."""
    op.execute("SET lock_timeout = '5s'")
    refuse("journal_postings", "account_kind", *ACCOUNTS)
    refuse("journal_entries", "kind", *ENTRIES)
    op.execute("DROP INDEX ix_refunds_ended_at, ix_payment_attempts_succeeded_at")
    op.execute(
        "DROP TABLE outgoing_matches, reconciliation_steps, reconciliation_differences,"
        " reconciliation_runs, provider_movements"
    )
