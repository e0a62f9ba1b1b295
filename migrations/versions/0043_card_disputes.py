"""Disputed payments: what is disputed of which order lines, and the money that moved for it.

Safe under load: new tables, and constraints that admit some values more (checked by one scan each).
"""

from alembic import op

from marketplace.migrating import admit, app_role, append_only, refuse

revision = "0043_card_disputes"
down_revision = "0042_pickup_points"
branch_labels = None
depends_on = None

TABLES = """
CREATE TABLE card_disputes (
    id UUID NOT NULL,
    account_id UUID NOT NULL,
    attempt_id UUID NOT NULL,
    trade_id UUID NOT NULL,
    provider TEXT NOT NULL,
    provider_reference TEXT NOT NULL,
    state VARCHAR(40) NOT NULL,
    reason TEXT NOT NULL,
    amount BIGINT NOT NULL,
    currency TEXT NOT NULL,
    opened_at TIMESTAMPTZ NOT NULL,
    due_at TIMESTAMPTZ,
    answered_at TIMESTAMPTZ,
    answered_by UUID,
    ended_at TIMESTAMPTZ,
    CONSTRAINT pk_card_disputes PRIMARY KEY (id),
    CONSTRAINT uq_card_disputes_account_id_id UNIQUE (account_id, id),
    CONSTRAINT uq_card_disputes_provider_provider_reference UNIQUE (provider, provider_reference),
    CONSTRAINT fk_card_disputes_account_id_payment_attempts FOREIGN KEY (account_id, attempt_id)
        REFERENCES payment_attempts (account_id, id),
    CONSTRAINT ck_card_disputes_state CHECK (state IN ('inquiry', 'inquiry_reviewed',
        'inquiry_closed', 'needs_response', 'under_review', 'lost', 'won')),
    CONSTRAINT ck_card_disputes_amount CHECK (amount > 0),
    CONSTRAINT ck_card_disputes_ended
        CHECK ((state IN ('won', 'lost', 'inquiry_closed')) = (ended_at IS NOT NULL)),
    CONSTRAINT ck_card_disputes_answered
        CHECK ((answered_by IS NULL) OR (answered_at IS NOT NULL))
);
CREATE INDEX ix_card_disputes_attempt ON card_disputes (account_id, attempt_id);
CREATE INDEX ix_card_disputes_state ON card_disputes (state, due_at, id);
CREATE TABLE card_dispute_lines (
    id UUID NOT NULL,
    cooperative_id UUID NOT NULL,
    dispute_id UUID NOT NULL,
    order_id UUID NOT NULL,
    order_line_id UUID NOT NULL,
    goods_fen BIGINT NOT NULL,
    freight_fen BIGINT NOT NULL,
    coupon_fen BIGINT NOT NULL,
    is_held BOOLEAN NOT NULL,
    ending_id UUID NOT NULL,
    CONSTRAINT pk_card_dispute_lines PRIMARY KEY (id),
    CONSTRAINT uq_card_dispute_lines_cooperative_id_id UNIQUE (cooperative_id, id),
    CONSTRAINT uq_card_dispute_lines_cooperative_id_dispute_id_order_line_id
        UNIQUE (cooperative_id, dispute_id, order_line_id),
    CONSTRAINT uq_card_dispute_lines_cooperative_id_ending_id UNIQUE (cooperative_id, ending_id),
    CONSTRAINT fk_card_dispute_lines_dispute_id FOREIGN KEY (dispute_id)
        REFERENCES card_disputes (id),
    CONSTRAINT fk_card_dispute_lines_order FOREIGN KEY (cooperative_id, order_id)
        REFERENCES orders (cooperative_id, id),
    CONSTRAINT fk_card_dispute_lines_order_line FOREIGN KEY (cooperative_id, order_line_id)
        REFERENCES order_lines (cooperative_id, id),
    CONSTRAINT ck_card_dispute_lines_amounts CHECK (goods_fen >= 0 AND freight_fen >= 0
        AND goods_fen + freight_fen > 0 AND coupon_fen >= 0)
);
CREATE INDEX ix_card_dispute_lines_order ON card_dispute_lines (cooperative_id, order_id);
CREATE INDEX ix_card_dispute_lines_dispute_id ON card_dispute_lines (dispute_id);
CREATE INDEX ix_card_dispute_lines_order_line
    ON card_dispute_lines (cooperative_id, order_line_id);
CREATE TABLE card_dispute_movements (
    id UUID NOT NULL,
    dispute_id UUID NOT NULL,
    provider_reference TEXT NOT NULL,
    amount BIGINT NOT NULL,
    fee BIGINT NOT NULL,
    currency TEXT NOT NULL,
    moved_at TIMESTAMPTZ NOT NULL,
    CONSTRAINT pk_card_dispute_movements PRIMARY KEY (id),
    CONSTRAINT uq_card_dispute_movements_provider_reference UNIQUE (provider_reference),
    CONSTRAINT fk_card_dispute_movements_dispute_id FOREIGN KEY (dispute_id)
        REFERENCES card_disputes (id)
);
CREATE INDEX ix_card_dispute_movements_dispute_id ON card_dispute_movements (dispute_id);
"""
ENTRIES = (
    "dispute_moved", "dispute_held", "dispute_released", "dispute_lost", "dispute_borne",
    "refund_charged_back",
)  # fmt: skip
ACCOUNTS = ("disputed_funds", "held_for_disputes", "dispute_losses")


def _limit(kinds: str) -> None:
    op.execute("ALTER TABLE settlement_lines DROP CONSTRAINT ck_settlement_lines_amounts")
    op.execute(f"""
        ALTER TABLE settlement_lines ADD CONSTRAINT ck_settlement_lines_amounts CHECK (
            gross_fen >= 0 AND refunds_fen >= 0 AND fee_fen >= 0 AND fee_refunded_fen >= 0
            AND coupon_fen BETWEEN 0 AND gross_fen AND coupon_back_fen BETWEEN 0 AND refunds_fen
            AND own_discount_fen >= 0 AND (kind IN ({kinds}) OR correction_fen = 0))
    """)


def upgrade() -> None:
    """Create them."""
    op.execute("SET lock_timeout = '5s'")
    op.execute(TABLES)
    append_only("card_dispute_movements")
    # Which lines are disputed, and by how much, stays as it was when the money was taken.
    op.execute(f"REVOKE UPDATE, DELETE, TRUNCATE ON card_dispute_lines FROM {app_role()}")
    op.execute(f"GRANT UPDATE (coupon_fen) ON card_dispute_lines TO {app_role()}")
    admit("journal_entries", "kind", *ENTRIES)
    admit("journal_postings", "account_kind", *ACCOUNTS)
    admit("settlement_lines", "kind", "dispute")
    _limit("'correction', 'dispute'")


def downgrade() -> None:
    """Remove them again; fails while the journal holds such entries."""
    op.execute("SET lock_timeout = '5s'")
    _limit("'correction'")
    refuse("settlement_lines", "kind", "dispute")
    refuse("journal_postings", "account_kind", *ACCOUNTS)
    refuse("journal_entries", "kind", *ENTRIES)
    op.execute("DROP TABLE card_dispute_movements, card_dispute_lines, card_disputes")
