"""Corrections of issued statements, coupon columns, and the day by which a statement confirms itself.

Safe under load: a small new table, columns without a rewrite; checks are replaced in one step each
(every stored row passes). Payable lines of before get their coupon columns here, line by line of
those that have any; statements of before keep the layout that their hashes were made of.
"""

from alembic import op

from marketplace.migrating import admit, app_role, refuse

revision = "0036_corrections"
down_revision = "0035_wechat"
branch_labels = None
depends_on = None

CORRECTIONS = """
CREATE TABLE statement_corrections (
    id UUID NOT NULL,
    cooperative_id UUID NOT NULL,
    statement_id UUID NOT NULL,
    line_id UUID NOT NULL,
    dispute_id UUID,
    part VARCHAR(40) NOT NULL,
    amount_fen BIGINT NOT NULL,
    reason TEXT NOT NULL,
    state VARCHAR(40) NOT NULL,
    proposed_by UUID NOT NULL,
    proposed_at TIMESTAMPTZ NOT NULL,
    decided_by UUID,
    decided_at TIMESTAMPTZ,
    CONSTRAINT pk_statement_corrections PRIMARY KEY (id),
    CONSTRAINT uq_statement_corrections_cooperative_id_id UNIQUE (cooperative_id, id),
    CONSTRAINT fk_statement_corrections_cooperative_id_statement_id
        FOREIGN KEY (cooperative_id, statement_id) REFERENCES statements (cooperative_id, id),
    CONSTRAINT fk_statement_corrections_cooperative_id_line_id
        FOREIGN KEY (cooperative_id, line_id) REFERENCES settlement_lines (cooperative_id, id),
    CONSTRAINT fk_statement_corrections_cooperative_id_dispute_id
        FOREIGN KEY (cooperative_id, dispute_id) REFERENCES statement_disputes (cooperative_id, id),
    CONSTRAINT ck_statement_corrections_part CHECK (part IN ('amount', 'fee')),
    CONSTRAINT ck_statement_corrections_state CHECK
        (state IN ('proposed', 'confirmed', 'rejected')),
    CONSTRAINT ck_statement_corrections_amount CHECK (amount_fen <> 0),
    CONSTRAINT ck_statement_corrections_decided CHECK
        ((state = 'proposed') = (decided_by IS NULL)),
    CONSTRAINT ck_statement_corrections_decider CHECK ((decided_at IS NULL) = (decided_by IS NULL)),
    CONSTRAINT ck_statement_corrections_two_officers
        CHECK (state <> 'confirmed' OR decided_by <> proposed_by)
);
CREATE INDEX ix_statement_corrections_statement
    ON statement_corrections (cooperative_id, statement_id);
CREATE INDEX ix_statement_corrections_dispute ON statement_corrections (cooperative_id, dispute_id);
CREATE INDEX ix_statement_corrections_line ON statement_corrections (cooperative_id, line_id);
CREATE UNIQUE INDEX uq_statement_corrections_open ON statement_corrections (cooperative_id, line_id)
    WHERE state = 'proposed';
"""

ADDED = ("correction_fen", "own_discount_fen", "coupon_fen", "coupon_back_fen")

# What was returned of a coupon's share before the order was completed is what was not returned later.
COUPONS_OF_BEFORE = """
ALTER TABLE settlement_lines DISABLE TRIGGER settlement_lines_append_only;
UPDATE settlement_lines s
SET own_discount_fen = l.discount_fen - l.platform_discount_fen,
    coupon_fen = l.platform_discount_fen,
    coupon_back_fen = l.platform_returned_fen - coalesce((
        SELECT sum(r.coupon_fen) FROM settlement_lines late
        JOIN refunds r ON r.id = late.cause_id
        WHERE late.cooperative_id = s.cooperative_id AND late.order_line_id = l.id
          AND late.kind = 'refund'), 0)
FROM order_lines l
WHERE s.kind = 'sale' AND l.cooperative_id = s.cooperative_id AND l.id = s.order_line_id
  AND l.discount_fen > 0;
UPDATE settlement_lines s SET coupon_back_fen = r.coupon_fen
FROM refunds r WHERE s.kind = 'refund' AND r.id = s.cause_id AND r.coupon_fen > 0;
ALTER TABLE settlement_lines ENABLE TRIGGER settlement_lines_append_only;
"""

SUMS_OF_BEFORE = """
ALTER TABLE statements DISABLE TRIGGER statements_amounts_stay;
UPDATE statements s
SET own_discount_fen = l.own_discount, coupon_fen = l.coupon, coupon_back_fen = l.coupon_back
FROM (
    SELECT s.id, sum(l.own_discount_fen) AS own_discount, sum(l.coupon_fen) AS coupon,
           sum(l.coupon_back_fen) AS coupon_back
    FROM statements s
    JOIN settlement_lines l ON l.cooperative_id = s.cooperative_id
         AND l.booked_on >= s.start_on AND l.booked_on < s.end_on
    GROUP BY s.id
) l
WHERE l.id = s.id;
UPDATE statements SET confirm_due_at = now() + interval '7 days' WHERE state = 'issued';
ALTER TABLE statements ENABLE TRIGGER statements_amounts_stay;
"""

LINE_AMOUNTS = (
    "gross_fen >= 0 AND refunds_fen >= 0 AND fee_fen >= 0 AND fee_refunded_fen >= 0"
    " AND coupon_fen BETWEEN 0 AND gross_fen AND coupon_back_fen BETWEEN 0 AND refunds_fen"
    " AND own_discount_fen >= 0 AND (kind = 'correction' OR correction_fen = 0)"
)
LINE_AMOUNTS_BEFORE = (
    "gross_fen >= 0 AND refunds_fen >= 0 AND fee_fen >= 0 AND fee_refunded_fen >= 0"
)
PAYABLE_BEFORE = "payable_fen = gross_fen - refunds_fen - fee_fen + fee_refunded_fen"
BALANCE_BEFORE = (
    "balance_fen = gross_fen - refunds_fen - fee_fen + fee_refunded_fen + carried_forward_fen"
)
_REST = " AND carried_forward_fen <= 0 AND payable_fen = greatest(balance_fen, 0)"

CHANGES_BEFORE = (
    "state", "payout_account_id", "bank_name", "account_masked", "lines_digest", "hash",
    "issued_at", "confirmed_by", "confirmed_at", "first_released_by", "second_released_by",
    "released_at", "paid_at", "bank_serial", "failure",
)  # fmt: skip


def upgrade() -> None:
    """Create them, and fill the coupon columns of what was settled before."""
    op.execute("SET lock_timeout = '5s'")
    columns = ", ".join(f"ADD COLUMN {name} BIGINT NOT NULL DEFAULT 0" for name in ADDED)
    for table in ("settlement_lines", "statements"):
        op.execute(f"ALTER TABLE {table} {columns}")
    op.execute("ALTER TABLE statements ADD COLUMN layout INTEGER NOT NULL DEFAULT 1")
    op.execute("ALTER TABLE statements ALTER COLUMN layout SET DEFAULT 2")
    op.execute("ALTER TABLE statements ADD COLUMN confirm_due_at TIMESTAMPTZ")
    admit("settlement_lines", "kind", "correction")
    _check("settlement_lines", "payable", f"{PAYABLE_BEFORE} + correction_fen")
    op.execute(COUPONS_OF_BEFORE)
    _check("settlement_lines", "amounts", LINE_AMOUNTS)
    op.execute(SUMS_OF_BEFORE)
    _check("statements", "amounts", f"{BALANCE_BEFORE} + correction_fen{_REST}")
    op.execute(
        "ALTER TABLE statements ADD CONSTRAINT ck_statements_confirm_due"
        " CHECK (state <> 'issued' OR confirm_due_at IS NOT NULL)"
    )
    op.execute(
        "CREATE INDEX ix_statements_confirm_due ON statements (confirm_due_at)"
        " WHERE state = 'issued'"
    )
    op.execute(f"GRANT UPDATE (confirm_due_at) ON statements TO {app_role()}")
    _keep_amounts((*CHANGES_BEFORE, "confirm_due_at"))
    op.execute(CORRECTIONS)
    op.execute(f"REVOKE UPDATE, DELETE, TRUNCATE ON statement_corrections FROM {app_role()}")
    op.execute(
        f"GRANT UPDATE (state, decided_by, decided_at) ON statement_corrections TO {app_role()}"
    )
    admit("journal_entries", "kind", "statement_corrected")
    admit("journal_postings", "account_kind", "settlement_corrections")


def _check(table: str, name: str, condition: str) -> None:
    op.execute(f"ALTER TABLE {table} DROP CONSTRAINT ck_{table}_{name}")
    op.execute(f"ALTER TABLE {table} ADD CONSTRAINT ck_{table}_{name} CHECK ({condition})")


def _keep_amounts(changes: tuple[str, ...]) -> None:
    fixed = "".join(f" - '{column}'" for column in changes)
    op.execute("DROP TRIGGER statements_amounts_stay ON statements")
    op.execute(
        "CREATE TRIGGER statements_amounts_stay BEFORE UPDATE ON statements FOR EACH ROW"
        f" WHEN (to_jsonb(old){fixed} IS DISTINCT FROM to_jsonb(new){fixed}"
        "  OR (old.lines_digest IS NOT NULL AND old.lines_digest <> new.lines_digest))"
        " EXECUTE FUNCTION refuse_change()"
    )


def downgrade() -> None:
    """Remove them again; fails while anything was corrected."""
    op.execute("SET lock_timeout = '5s'")
    refuse("journal_postings", "account_kind", "settlement_corrections")
    refuse("journal_entries", "kind", "statement_corrected")
    op.execute("DROP TABLE statement_corrections")
    _keep_amounts(CHANGES_BEFORE)
    op.execute("DROP INDEX ix_statements_confirm_due")
    op.execute("ALTER TABLE statements DROP CONSTRAINT ck_statements_confirm_due")
    _check("statements", "amounts", f"{BALANCE_BEFORE}{_REST}")
    _check("settlement_lines", "amounts", LINE_AMOUNTS_BEFORE)
    _check("settlement_lines", "payable", PAYABLE_BEFORE)
    refuse("settlement_lines", "kind", "correction")
    dropped = ", ".join(f"DROP COLUMN {name}" for name in ADDED)
    op.execute(f"ALTER TABLE settlement_lines {dropped}")
    op.execute(f"ALTER TABLE statements {dropped}, DROP COLUMN layout, DROP COLUMN confirm_due_at")
