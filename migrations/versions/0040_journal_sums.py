"""Sums of the journal by day and month, the numbers of its vouchers, and exports of the books.

Safe under load: new tables, filled from days that are folded and take no more rows; the index keeps
a range of values for every 32 pages and is made in one pass over the postings.
"""

from alembic import op

from marketplace.migrating import append_only

revision = "0040_journal_sums"
down_revision = "0039_working_days"
branch_labels = None
depends_on = None

TABLES = """
CREATE TABLE journal_days (
    id UUID NOT NULL,
    booked_on DATE NOT NULL,
    first_number BIGINT NOT NULL,
    entries BIGINT NOT NULL,
    CONSTRAINT pk_journal_days PRIMARY KEY (id),
    CONSTRAINT uq_journal_days_booked_on UNIQUE (booked_on),
    CONSTRAINT ck_journal_days_counts CHECK (first_number > 0 AND entries > 0)
);

CREATE TABLE journal_daily_sums (
    id UUID NOT NULL,
    booked_on DATE NOT NULL,
    account_kind VARCHAR(40) NOT NULL,
    owner_id UUID,
    debit_fen BIGINT NOT NULL,
    credit_fen BIGINT NOT NULL,
    CONSTRAINT pk_journal_daily_sums PRIMARY KEY (id),
    CONSTRAINT ck_journal_daily_sums_sides CHECK (debit_fen >= 0 AND credit_fen >= 0)
);
CREATE INDEX ix_journal_daily_sums_booked_on
    ON journal_daily_sums (booked_on, account_kind, owner_id);
CREATE INDEX ix_journal_daily_sums_account
    ON journal_daily_sums (account_kind, owner_id, booked_on);

CREATE TABLE journal_month_sums (
    id UUID NOT NULL,
    month_end DATE NOT NULL,
    account_kind VARCHAR(40) NOT NULL,
    owner_id UUID,
    debit_fen BIGINT NOT NULL,
    credit_fen BIGINT NOT NULL,
    balance_fen BIGINT NOT NULL,
    CONSTRAINT pk_journal_month_sums PRIMARY KEY (id),
    CONSTRAINT ck_journal_month_sums_sides CHECK (debit_fen >= 0 AND credit_fen >= 0)
);
CREATE INDEX ix_journal_month_sums_month_end
    ON journal_month_sums (month_end, account_kind, owner_id);
CREATE INDEX ix_journal_month_sums_account
    ON journal_month_sums (account_kind, owner_id, month_end);
CREATE TABLE journal_exports (
    id UUID NOT NULL,
    export_no TEXT NOT NULL,
    start_on DATE NOT NULL,
    end_on DATE NOT NULL,
    state VARCHAR(40) NOT NULL,
    vouchers BIGINT NOT NULL,
    rows BIGINT NOT NULL,
    debit_fen BIGINT NOT NULL,
    credit_fen BIGINT NOT NULL,
    xlsx_digest TEXT,
    csv_digest TEXT,
    requested_by UUID NOT NULL,
    requested_at TIMESTAMPTZ NOT NULL,
    finished_at TIMESTAMPTZ,
    CONSTRAINT pk_journal_exports PRIMARY KEY (id),
    CONSTRAINT ck_journal_exports_state CHECK (state IN ('running', 'done')),
    CONSTRAINT ck_journal_exports_period CHECK (end_on >= start_on),
    CONSTRAINT ck_journal_exports_done CHECK ((state = 'done') =
        (finished_at IS NOT NULL AND xlsx_digest IS NOT NULL AND csv_digest IS NOT NULL))
);
CREATE INDEX ix_journal_postings_booked_on ON journal_postings
    USING brin (booked_on) WITH (autosummarize = on, pages_per_range = 32);
"""

FOLDED = "(SELECT max(folded_on) FROM folded_days WHERE ledger = 'journal')"
# Days that were folded before these tables were there.
FILL = f"""
INSERT INTO journal_daily_sums (id, booked_on, account_kind, owner_id, debit_fen, credit_fen)
SELECT gen_random_uuid(), booked_on, account_kind, owner_id,
    coalesce(sum(amount_fen) FILTER (WHERE amount_fen > 0), 0),
    coalesce(-sum(amount_fen) FILTER (WHERE amount_fen < 0), 0)
FROM journal_postings WHERE booked_on <= {FOLDED}
GROUP BY booked_on, account_kind, owner_id;

INSERT INTO journal_days (id, booked_on, first_number, entries)
SELECT gen_random_uuid(), booked_on, 1 + coalesce(sum(entries) OVER (
        PARTITION BY date_trunc('month', booked_on) ORDER BY booked_on
        ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0), entries
FROM (SELECT booked_on, count(*) AS entries FROM journal_entries
      WHERE booked_on <= {FOLDED} GROUP BY booked_on) d;

INSERT INTO journal_month_sums
    (id, month_end, account_kind, owner_id, debit_fen, credit_fen, balance_fen)
SELECT gen_random_uuid(), m.month_end, s.account_kind, s.owner_id,
    coalesce(sum(s.debit_fen) FILTER (WHERE s.booked_on >= m.month_begin), 0),
    coalesce(sum(s.credit_fen) FILTER (WHERE s.booked_on >= m.month_begin), 0),
    sum(s.debit_fen - s.credit_fen)
FROM (
    SELECT begins::date AS month_begin, (begins + interval '1 month - 1 day')::date AS month_end
    FROM generate_series(
        (SELECT date_trunc('month', min(booked_on)) FROM journal_daily_sums), {FOLDED},
        interval '1 month') AS begins
) m
JOIN journal_daily_sums s ON s.booked_on <= m.month_end
WHERE m.month_end <= {FOLDED}
GROUP BY m.month_end, s.account_kind, s.owner_id
HAVING bool_or(s.booked_on >= m.month_begin) OR sum(s.debit_fen - s.credit_fen) <> 0;
"""


def upgrade() -> None:
    """Create the sums, and make those of the days that are folded."""
    op.execute("SET lock_timeout = '5s'")
    op.execute(TABLES)
    op.execute(FILL)
    for table in ("journal_days", "journal_daily_sums", "journal_month_sums"):
        append_only(table)


def downgrade() -> None:
    """Remove them again."""
    op.execute("SET lock_timeout = '5s'")
    op.execute("DROP INDEX ix_journal_postings_booked_on")
    op.execute("DROP TABLE journal_exports, journal_month_sums, journal_daily_sums, journal_days")
