"""Fees, payout accounts, payable lines, settlement runs and statements.

Safe under load: creates new tables; the check on kinds of journal entries is replaced in one step
(every stored kind passes the new one). Orders completed before get their payable lines here.
"""

from alembic import op

from marketplace.migrating import app_role, append_only

revision = "0010_settlements"
down_revision = "0009_finance_officers"
branch_labels = None
depends_on = None

FEES = """
CREATE TABLE fee_rates (
    id UUID NOT NULL,
    category_code TEXT,
    rate_bp INTEGER NOT NULL,
    valid_from DATE NOT NULL,
    valid_to DATE,
    document TEXT NOT NULL,
    set_by UUID NOT NULL,
    set_at TIMESTAMPTZ NOT NULL,
    CONSTRAINT pk_fee_rates PRIMARY KEY (id),
    CONSTRAINT fk_fee_rates_category_code FOREIGN KEY (category_code)
        REFERENCES categories (code),
    CONSTRAINT ck_fee_rates_rate CHECK (rate_bp BETWEEN 0 AND 3000),
    CONSTRAINT ck_fee_rates_period CHECK (valid_to > valid_from),
    CONSTRAINT ex_fee_rates_period EXCLUDE USING gist
        ((coalesce(category_code, '')) WITH =, daterange(valid_from, valid_to) WITH &&)
);
CREATE INDEX ix_fee_rates_category_code ON fee_rates (category_code);

-- The rate of a line's category on a day: its own, else the nearest above it, else that of all
-- goods, else none.
CREATE FUNCTION fee_rate_on(of_category text, day date) RETURNS integer
LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
    SELECT coalesce((
        SELECT f.rate_bp
        FROM fee_rates f
        LEFT JOIN categories c ON c.code = of_category
        WHERE (f.category_code IS NULL OR f.category_code = ANY(c.path))
          AND f.valid_from <= day AND (f.valid_to IS NULL OR day < f.valid_to)
        ORDER BY array_position(c.path, f.category_code) DESC NULLS LAST
        LIMIT 1
    ), 0);
END;
"""

ACCOUNTS = """
CREATE TABLE payout_accounts (
    id UUID NOT NULL,
    cooperative_id UUID NOT NULL,
    bank_name TEXT NOT NULL,
    holder_sealed BYTEA NOT NULL,
    account_sealed BYTEA NOT NULL,
    account_index BYTEA NOT NULL,
    account_tail TEXT NOT NULL,
    set_by UUID NOT NULL,
    set_at TIMESTAMPTZ NOT NULL,
    replaced_at TIMESTAMPTZ,
    CONSTRAINT pk_payout_accounts PRIMARY KEY (id),
    CONSTRAINT uq_payout_accounts_cooperative_id_id UNIQUE (cooperative_id, id),
    CONSTRAINT ck_payout_accounts_tail CHECK (length(account_tail) = 4)
);
CREATE UNIQUE INDEX uq_payout_accounts_in_use ON payout_accounts (cooperative_id)
    WHERE replaced_at IS NULL;
"""

LINES = """
CREATE TABLE settlement_lines (
    id UUID NOT NULL,
    cooperative_id UUID NOT NULL,
    kind VARCHAR(40) NOT NULL,
    order_id UUID NOT NULL,
    order_line_id UUID NOT NULL,
    cause_id UUID NOT NULL,
    booked_on DATE NOT NULL,
    gross_fen BIGINT NOT NULL,
    refunds_fen BIGINT NOT NULL,
    fee_fen BIGINT NOT NULL,
    fee_refunded_fen BIGINT NOT NULL,
    payable_fen BIGINT NOT NULL,
    CONSTRAINT pk_settlement_lines PRIMARY KEY (id),
    CONSTRAINT uq_settlement_lines_cooperative_id_id UNIQUE (cooperative_id, id),
    CONSTRAINT uq_settlement_lines_cooperative_id_kind_cause_id
        UNIQUE (cooperative_id, kind, cause_id),
    CONSTRAINT fk_settlement_lines_cooperative_id_order_id
        FOREIGN KEY (cooperative_id, order_id) REFERENCES orders (cooperative_id, id),
    CONSTRAINT fk_settlement_lines_cooperative_id_order_line_id
        FOREIGN KEY (cooperative_id, order_line_id) REFERENCES order_lines (cooperative_id, id),
    CONSTRAINT ck_settlement_lines_kind CHECK (kind IN ('sale', 'refund')),
    CONSTRAINT ck_settlement_lines_payable
        CHECK (payable_fen = gross_fen - refunds_fen - fee_fen + fee_refunded_fen),
    CONSTRAINT ck_settlement_lines_amounts CHECK
        (gross_fen >= 0 AND refunds_fen >= 0 AND fee_fen >= 0 AND fee_refunded_fen >= 0)
);
CREATE INDEX ix_settlement_lines_window ON settlement_lines (cooperative_id, booked_on, id);
CREATE INDEX ix_settlement_lines_order ON settlement_lines (cooperative_id, order_id);
CREATE INDEX ix_settlement_lines_order_line ON settlement_lines (cooperative_id, order_line_id);
"""

# No fee was ever taken before, so what was payable is what was sold less what was refunded.
LINES_OF_BEFORE = """
WITH late AS (
    SELECT r.id AS refund_id, r.cooperative_id, r.order_id, r.amount, c.order_line_id,
           c.goods_fen, e.booked_on
    FROM refunds r
    JOIN aftersales_cases c ON c.id = r.cause_id
    JOIN journal_entries e ON e.kind = 'refund_agreed' AND e.cause_id = r.id
    WHERE r.reason = 'aftersales'
      AND EXISTS (SELECT FROM journal_postings p WHERE p.entry_id = e.id
                  AND p.account_kind = 'cooperative_payable')
), lines AS (
    SELECT gen_random_uuid() AS id, l.cooperative_id, 'sale' AS kind, l.order_id,
           l.id AS order_line_id, l.id AS cause_id, e.booked_on,
           l.net_fen + l.freight_fen AS gross,
           l.refunded_fen - coalesce((
               SELECT sum(goods_fen) FROM late WHERE late.order_line_id = l.id), 0) AS refunds
    FROM order_lines l
    JOIN journal_entries e ON e.kind = 'order_completed' AND e.cause_id = l.order_id
    UNION ALL
    SELECT gen_random_uuid(), cooperative_id, 'refund', order_id, order_line_id, refund_id,
           booked_on, 0, amount
    FROM late
)
INSERT INTO settlement_lines (id, cooperative_id, kind, order_id, order_line_id, cause_id,
    booked_on, gross_fen, refunds_fen, fee_fen, fee_refunded_fen, payable_fen)
SELECT id, cooperative_id, kind, order_id, order_line_id, cause_id, booked_on,
       gross, refunds, 0, 0, gross - refunds
FROM lines
"""

STATEMENTS = """
CREATE TABLE settlement_runs (
    id UUID NOT NULL,
    end_on DATE NOT NULL,
    state VARCHAR(40) NOT NULL,
    cursor UUID,
    cooperatives BIGINT NOT NULL,
    cooperatives_done BIGINT NOT NULL,
    statements BIGINT NOT NULL,
    started_by UUID NOT NULL,
    started_at TIMESTAMPTZ NOT NULL,
    finished_at TIMESTAMPTZ,
    CONSTRAINT pk_settlement_runs PRIMARY KEY (id),
    CONSTRAINT uq_settlement_runs_end_on UNIQUE (end_on),
    CONSTRAINT ck_settlement_runs_state CHECK (state IN ('running', 'done')),
    CONSTRAINT ck_settlement_runs_finished CHECK ((state = 'done') = (finished_at IS NOT NULL))
);

CREATE TABLE statements (
    id UUID NOT NULL,
    cooperative_id UUID NOT NULL,
    cooperative_name TEXT NOT NULL,
    run_id UUID NOT NULL,
    statement_no TEXT NOT NULL,
    state VARCHAR(40) NOT NULL,
    start_on DATE NOT NULL,
    end_on DATE NOT NULL,
    line_count BIGINT NOT NULL,
    gross_fen BIGINT NOT NULL,
    refunds_fen BIGINT NOT NULL,
    fee_fen BIGINT NOT NULL,
    fee_refunded_fen BIGINT NOT NULL,
    carried_forward_fen BIGINT NOT NULL,
    balance_fen BIGINT NOT NULL,
    payable_fen BIGINT NOT NULL,
    payout_account_id UUID,
    bank_name TEXT,
    account_masked TEXT,
    lines_digest BYTEA,
    hash BYTEA,
    issued_at TIMESTAMPTZ,
    confirmed_by UUID,
    confirmed_at TIMESTAMPTZ,
    first_released_by UUID,
    second_released_by UUID,
    released_at TIMESTAMPTZ,
    paid_at TIMESTAMPTZ,
    bank_serial TEXT,
    failure TEXT,
    CONSTRAINT pk_statements PRIMARY KEY (id),
    CONSTRAINT uq_statements_cooperative_id_id UNIQUE (cooperative_id, id),
    CONSTRAINT uq_statements_cooperative_id_statement_no UNIQUE (cooperative_id, statement_no),
    CONSTRAINT fk_statements_run_id FOREIGN KEY (run_id) REFERENCES settlement_runs (id),
    CONSTRAINT fk_statements_cooperative_id_payout_account_id
        FOREIGN KEY (cooperative_id, payout_account_id)
        REFERENCES payout_accounts (cooperative_id, id),
    CONSTRAINT ex_statements_window EXCLUDE USING gist
        (cooperative_id WITH =, daterange(start_on, end_on) WITH &&),
    CONSTRAINT ck_statements_state CHECK (state IN ('draft', 'issued', 'disputed', 'confirmed',
        'released', 'paid', 'failed')),
    CONSTRAINT ck_statements_window CHECK (end_on > start_on),
    CONSTRAINT ck_statements_amounts CHECK (
        balance_fen = gross_fen - refunds_fen - fee_fen + fee_refunded_fen + carried_forward_fen
        AND carried_forward_fen <= 0 AND payable_fen = greatest(balance_fen, 0)),
    CONSTRAINT ck_statements_issued CHECK (
        (state = 'draft') = (hash IS NULL) AND (state = 'draft') = (issued_at IS NULL)),
    CONSTRAINT ck_statements_two_officers CHECK (first_released_by <> second_released_by),
    CONSTRAINT ck_statements_released CHECK (
        (state IN ('released', 'paid')) = (second_released_by IS NOT NULL)
        AND (second_released_by IS NULL OR first_released_by IS NOT NULL)
        AND (second_released_by IS NULL
             OR (payable_fen > 0 AND payout_account_id IS NOT NULL))),
    CONSTRAINT ck_statements_paid CHECK
        ((state = 'paid') = (paid_at IS NOT NULL AND bank_serial IS NOT NULL))
);
CREATE INDEX ix_statements_window ON statements (cooperative_id, end_on);
CREATE INDEX ix_statements_run_id ON statements (run_id);
CREATE INDEX ix_statements_state ON statements (state, id);
CREATE INDEX ix_statements_payout_account ON statements (cooperative_id, payout_account_id);

CREATE TABLE statement_disputes (
    id UUID NOT NULL,
    cooperative_id UUID NOT NULL,
    statement_id UUID NOT NULL,
    line_id UUID NOT NULL,
    reason TEXT NOT NULL,
    raised_by UUID NOT NULL,
    raised_at TIMESTAMPTZ NOT NULL,
    answer TEXT,
    answered_by UUID,
    answered_at TIMESTAMPTZ,
    CONSTRAINT pk_statement_disputes PRIMARY KEY (id),
    CONSTRAINT uq_statement_disputes_cooperative_id_id UNIQUE (cooperative_id, id),
    CONSTRAINT fk_statement_disputes_cooperative_id_statement_id
        FOREIGN KEY (cooperative_id, statement_id) REFERENCES statements (cooperative_id, id),
    CONSTRAINT fk_statement_disputes_cooperative_id_line_id
        FOREIGN KEY (cooperative_id, line_id) REFERENCES settlement_lines (cooperative_id, id),
    CONSTRAINT ck_statement_disputes_answered CHECK ((answer IS NULL) = (answered_at IS NULL))
);
CREATE INDEX ix_statement_disputes_statement ON statement_disputes (cooperative_id, statement_id);
CREATE INDEX ix_statement_disputes_line ON statement_disputes (cooperative_id, line_id);
CREATE UNIQUE INDEX uq_statement_disputes_open ON statement_disputes (cooperative_id, line_id)
    WHERE answered_at IS NULL;
"""

# What may still change of a statement once its draft is made. The particulars of the payee and
# the hash change when it is issued anew.
CHANGES = (
    "state", "payout_account_id", "bank_name", "account_masked", "lines_digest", "hash",
    "issued_at", "confirmed_by", "confirmed_at", "first_released_by", "second_released_by",
    "released_at", "paid_at", "bank_serial", "failure",
)  # fmt: skip

KINDS_BEFORE = "'payment_captured', 'trade_paid', 'order_completed', 'refund_agreed', 'refund_paid'"
KINDS = KINDS_BEFORE + ", 'fee_refunded', 'statement_paid'"


def upgrade() -> None:
    """Create what settlement stands on, and the lines of the orders completed so far."""
    op.execute("SET lock_timeout = '5s'")
    for part in (FEES, ACCOUNTS, LINES, LINES_OF_BEFORE, STATEMENTS):
        op.execute(part)
    append_only("settlement_lines")
    _freeze_amounts()
    _admit_kinds(KINDS)


def _freeze_amounts() -> None:
    op.execute(f"REVOKE UPDATE, DELETE, TRUNCATE ON statements FROM {app_role()}")
    op.execute(f"GRANT UPDATE ({', '.join(CHANGES)}) ON statements TO {app_role()}")
    fixed = "".join(f" - '{column}'" for column in CHANGES)
    op.execute(
        "CREATE TRIGGER statements_amounts_stay BEFORE UPDATE ON statements FOR EACH ROW"
        f" WHEN (to_jsonb(old){fixed} IS DISTINCT FROM to_jsonb(new){fixed}"
        "  OR (old.lines_digest IS NOT NULL AND old.lines_digest <> new.lines_digest))"
        " EXECUTE FUNCTION refuse_change()"
    )
    op.execute(
        "CREATE TRIGGER statements_no_delete BEFORE DELETE ON statements"
        " FOR EACH ROW EXECUTE FUNCTION refuse_change()"
    )


def _admit_kinds(kinds: str) -> None:
    op.execute("ALTER TABLE journal_entries DROP CONSTRAINT ck_journal_entries_kind")
    op.execute(
        "ALTER TABLE journal_entries ADD CONSTRAINT ck_journal_entries_kind"
        f" CHECK (kind IN ({kinds}))"
    )


def downgrade() -> None:
    """Remove them again; fails while the journal holds entries of settlement."""
    _admit_kinds(KINDS_BEFORE)
    op.execute("DROP TABLE statement_disputes, statements, settlement_runs, settlement_lines")
    op.execute("DROP TABLE payout_accounts")
    op.execute("DROP FUNCTION fee_rate_on")
    op.execute("DROP TABLE fee_rates")
