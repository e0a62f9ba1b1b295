"""Payment attempts, events and refunds; the journal; the sandbox provider's own schema.

Safe under load: creates new tables only. The journal balances by trigger and is append-only by
trigger and privilege. Nothing of the shop refers to the schema ``sandbox``, nor the other way.
"""

from alembic import op

from marketplace.migrating import app_role, append_only

revision = "0008_payments"
down_revision = "0007_orders"
branch_labels = None
depends_on = None

PAYMENTS = """
CREATE TABLE payment_attempts (
    id UUID NOT NULL,
    account_id UUID NOT NULL,
    trade_id UUID NOT NULL,
    payment_no TEXT NOT NULL,
    provider TEXT NOT NULL,
    provider_reference TEXT,
    state VARCHAR(40) NOT NULL,
    amount_fen BIGINT NOT NULL,
    captured BIGINT NOT NULL,
    captured_currency TEXT,
    refunded BIGINT NOT NULL,
    outcome VARCHAR(40),
    redirect_url TEXT,
    created_at TIMESTAMPTZ NOT NULL,
    succeeded_at TIMESTAMPTZ,
    ended_at TIMESTAMPTZ,
    polls INTEGER NOT NULL,
    next_poll_at TIMESTAMPTZ NOT NULL,
    CONSTRAINT pk_payment_attempts PRIMARY KEY (id),
    CONSTRAINT uq_payment_attempts_account_id_id UNIQUE (account_id, id),
    CONSTRAINT uq_payment_attempts_account_id_payment_no UNIQUE (account_id, payment_no),
    CONSTRAINT uq_payment_attempts_provider_provider_reference
        UNIQUE (provider, provider_reference),
    CONSTRAINT fk_payment_attempts_account_id_trade_id
        FOREIGN KEY (account_id, trade_id) REFERENCES trades (account_id, id),
    CONSTRAINT ck_payment_attempts_state
        CHECK (state IN ('created', 'pending', 'failed', 'closed', 'succeeded')),
    CONSTRAINT ck_payment_attempts_outcome_named CHECK (outcome IN ('accepted', 'second_success',
        'trade_cancelled', 'trade_expired', 'wrong_amount', 'other_currency')),
    CONSTRAINT ck_payment_attempts_amounts CHECK (amount_fen > 0 AND captured >= 0),
    CONSTRAINT ck_payment_attempts_refunded CHECK (refunded BETWEEN 0 AND captured),
    CONSTRAINT ck_payment_attempts_outcome
        CHECK ((state = 'succeeded') = (outcome IS NOT NULL AND succeeded_at IS NOT NULL))
);
CREATE INDEX ix_payment_attempts_account_id_trade_id ON payment_attempts (account_id, trade_id);
CREATE INDEX ix_payment_attempts_next_poll_at ON payment_attempts (next_poll_at)
    WHERE state IN ('created', 'pending');

CREATE TABLE payment_events (
    id UUID NOT NULL,
    provider TEXT NOT NULL,
    event_id TEXT NOT NULL,
    kind TEXT NOT NULL,
    subject_id UUID,
    facts JSONB NOT NULL,
    effect TEXT NOT NULL,
    received_at TIMESTAMPTZ NOT NULL,
    CONSTRAINT pk_payment_events PRIMARY KEY (id),
    CONSTRAINT uq_payment_events_provider_event_id UNIQUE (provider, event_id)
);

CREATE TABLE refunds (
    id UUID NOT NULL,
    account_id UUID NOT NULL,
    attempt_id UUID NOT NULL,
    refund_no TEXT NOT NULL,
    reason VARCHAR(40) NOT NULL,
    cause_id UUID NOT NULL,
    cooperative_id UUID,
    order_id UUID,
    state VARCHAR(40) NOT NULL,
    amount BIGINT NOT NULL,
    currency TEXT NOT NULL,
    provider_reference TEXT,
    failure TEXT,
    requested_at TIMESTAMPTZ NOT NULL,
    ended_at TIMESTAMPTZ,
    tries INTEGER NOT NULL,
    next_try_at TIMESTAMPTZ NOT NULL,
    CONSTRAINT pk_refunds PRIMARY KEY (id),
    CONSTRAINT uq_refunds_account_id_id UNIQUE (account_id, id),
    CONSTRAINT uq_refunds_account_id_reason_cause_id UNIQUE (account_id, reason, cause_id),
    CONSTRAINT uq_refunds_account_id_refund_no UNIQUE (account_id, refund_no),
    CONSTRAINT fk_refunds_account_id_attempt_id
        FOREIGN KEY (account_id, attempt_id) REFERENCES payment_attempts (account_id, id),
    CONSTRAINT ck_refunds_state CHECK (state IN ('requested', 'sent', 'failed', 'succeeded')),
    CONSTRAINT ck_refunds_reason CHECK (reason IN ('aftersales', 'second_success',
        'trade_cancelled', 'trade_expired', 'wrong_amount', 'other_currency')),
    CONSTRAINT ck_refunds_amount CHECK (amount > 0),
    CONSTRAINT ck_refunds_order CHECK
        ((reason = 'aftersales') = (order_id IS NOT NULL AND cooperative_id IS NOT NULL))
);
CREATE INDEX ix_refunds_account_id_attempt_id ON refunds (account_id, attempt_id);
CREATE INDEX ix_refunds_order_id ON refunds (order_id) WHERE order_id IS NOT NULL;
CREATE INDEX ix_refunds_next_try_at ON refunds (next_try_at)
    WHERE state IN ('requested', 'sent');
"""

JOURNAL = """
CREATE TABLE journal_entries (
    id UUID NOT NULL,
    kind VARCHAR(40) NOT NULL,
    cause_id UUID NOT NULL,
    booked_on DATE NOT NULL,
    recorded_at TIMESTAMPTZ NOT NULL,
    CONSTRAINT pk_journal_entries PRIMARY KEY (id),
    CONSTRAINT uq_journal_entries_kind_cause_id UNIQUE (kind, cause_id),
    CONSTRAINT ck_journal_entries_kind CHECK (kind IN ('payment_captured', 'trade_paid',
        'order_completed', 'refund_agreed', 'refund_paid'))
);
CREATE INDEX ix_journal_entries_booked_on ON journal_entries (booked_on);

CREATE TABLE journal_postings (
    id UUID NOT NULL,
    entry_id UUID NOT NULL,
    account_kind VARCHAR(40) NOT NULL,
    owner_id UUID,
    order_id UUID,
    amount_fen BIGINT NOT NULL,
    booked_on DATE NOT NULL,
    CONSTRAINT pk_journal_postings PRIMARY KEY (id),
    CONSTRAINT fk_journal_postings_entry_id FOREIGN KEY (entry_id) REFERENCES journal_entries (id),
    CONSTRAINT ck_journal_postings_account_kind CHECK (account_kind IN ('provider_clearing',
        'bank', 'buyers_clearing', 'cooperative_pending', 'cooperative_payable', 'platform_fee',
        'provider_fee', 'coupon_cost', 'penalties')),
    CONSTRAINT ck_journal_postings_amount CHECK (amount_fen <> 0),
    CONSTRAINT ck_journal_postings_owner CHECK ((account_kind IN ('cooperative_pending',
        'cooperative_payable', 'provider_clearing', 'provider_fee')) = (owner_id IS NOT NULL))
);
CREATE INDEX ix_journal_postings_entry_id ON journal_postings (entry_id);
CREATE INDEX ix_journal_postings_account_kind_owner_id_booked_on
    ON journal_postings (account_kind, owner_id, booked_on);
CREATE INDEX ix_journal_postings_order_id ON journal_postings (order_id)
    WHERE order_id IS NOT NULL;

-- Statement-level with a transition table: one look per INSERT, however many postings it writes.
-- A deferred row trigger costs four times as much, and never fires where the test rolls back.
CREATE FUNCTION check_journal_postings() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE wrong UUID;
BEGIN
    SELECT f.entry_id INTO wrong
    FROM (
        SELECT entry_id, sum(amount_fen) AS total, count(*) AS sides,
               min(booked_on) AS first_day, max(booked_on) AS last_day
        FROM fresh GROUP BY entry_id
    ) AS f
    JOIN journal_entries e ON e.id = f.entry_id
    WHERE f.total <> 0 OR f.sides < 2
       OR f.first_day <> e.booked_on OR f.last_day <> e.booked_on
       OR f.sides <> (SELECT count(*) FROM journal_postings p WHERE p.entry_id = f.entry_id)
    LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'journal entry % does not balance, or is not written at once', wrong
            USING ERRCODE = 'check_violation', CONSTRAINT = 'ck_journal_postings_balance';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER check_journal_postings AFTER INSERT ON journal_postings
    REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION check_journal_postings();

CREATE FUNCTION check_journal_entries() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT FROM fresh f
        WHERE NOT EXISTS (SELECT FROM journal_postings p WHERE p.entry_id = f.id)
    ) THEN
        RAISE EXCEPTION 'a journal entry is written together with its postings'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'ck_journal_entries_postings';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER check_journal_entries AFTER INSERT ON journal_entries
    REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION check_journal_entries();
"""

SANDBOX = """
CREATE SCHEMA sandbox;

CREATE TABLE sandbox.payments (
    reference TEXT PRIMARY KEY,
    merchant TEXT NOT NULL,
    merchant_reference UUID NOT NULL,
    merchant_number TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('open', 'charged', 'declined', 'closed')),
    amount BIGINT NOT NULL CHECK (amount > 0),
    currency TEXT NOT NULL,
    charged BIGINT NOT NULL DEFAULT 0,
    charged_currency TEXT NOT NULL,
    refunded BIGINT NOT NULL DEFAULT 0 CHECK (refunded BETWEEN 0 AND charged),
    subject TEXT NOT NULL,
    return_url TEXT NOT NULL,
    notify_url TEXT NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    decided_at TIMESTAMPTZ,
    UNIQUE (merchant, merchant_reference)
);

CREATE TABLE sandbox.refunds (
    reference TEXT PRIMARY KEY,
    payment_reference TEXT NOT NULL REFERENCES sandbox.payments (reference),
    merchant_reference UUID NOT NULL,
    amount BIGINT NOT NULL CHECK (amount > 0),
    decision TEXT NOT NULL CHECK (decision IN ('succeeded', 'failed')),
    decided_at TIMESTAMPTZ NOT NULL,
    UNIQUE (payment_reference, merchant_reference)
);

CREATE TABLE sandbox.events (
    id TEXT PRIMARY KEY,
    notify_url TEXT NOT NULL,
    body TEXT NOT NULL,
    copies_left INTEGER NOT NULL CHECK (copies_left >= 0),
    tries INTEGER NOT NULL DEFAULT 0,
    due_at TIMESTAMPTZ NOT NULL,
    done_at TIMESTAMPTZ,
    last_answer TEXT
);
CREATE INDEX ON sandbox.events (due_at) WHERE done_at IS NULL;

CREATE TABLE sandbox.switches (
    merchant_reference UUID PRIMARY KEY,
    switches JSONB NOT NULL
);
"""


def upgrade() -> None:
    """Create payments, the journal with its rules, and the sandbox provider's schema."""
    op.execute(PAYMENTS)
    op.execute(JOURNAL)
    append_only("journal_entries")
    append_only("journal_postings")
    op.execute(SANDBOX)
    op.execute(f"GRANT USAGE ON SCHEMA sandbox TO {app_role()}")
    op.execute(
        f"GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA sandbox TO {app_role()}"
    )


def downgrade() -> None:
    """Remove them again."""
    op.execute("DROP SCHEMA sandbox CASCADE")
    op.execute("DROP TABLE journal_postings, journal_entries")
    op.execute("DROP FUNCTION check_journal_postings, check_journal_entries")
    op.execute("DROP TABLE refunds, payment_events, payment_attempts")
