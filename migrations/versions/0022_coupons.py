"""Coupons, who holds them, what they took off, and whose cost that is.

Safe under load: new tables, and columns whose default needs no rewrite.
"""

from alembic import op

revision = "0022_coupons"
down_revision = "0021_requisitions"
branch_labels = None
depends_on = None

TABLES = """
CREATE TABLE coupons (
    id UUID NOT NULL,
    coupon_no TEXT NOT NULL,
    issuer VARCHAR(40) NOT NULL,
    bearer VARCHAR(40) NOT NULL,
    cooperative_id UUID,
    is_for_products BOOLEAN NOT NULL,
    name TEXT NOT NULL,
    amount_off_fen BIGINT NOT NULL,
    from_fen BIGINT NOT NULL,
    total_limit BIGINT NOT NULL,
    per_account_limit BIGINT NOT NULL,
    claimed BIGINT NOT NULL,
    valid_from_at TIMESTAMPTZ NOT NULL,
    valid_until_at TIMESTAMPTZ NOT NULL,
    document TEXT,
    issued_by UUID NOT NULL,
    issued_at TIMESTAMPTZ NOT NULL,
    stopped_at TIMESTAMPTZ,
    CONSTRAINT pk_coupons PRIMARY KEY (id),
    CONSTRAINT uq_coupons_coupon_no UNIQUE (coupon_no),
    CONSTRAINT ck_coupons_issuer CHECK (issuer IN ('platform', 'cooperative')),
    CONSTRAINT ck_coupons_bearer CHECK (bearer IN ('platform', 'cooperative')),
    CONSTRAINT ck_coupons_cost CHECK (
        (issuer = 'platform' OR bearer = 'cooperative')
        AND (bearer = 'platform' OR cooperative_id IS NOT NULL)
        AND (issuer = bearer OR document IS NOT NULL)),
    CONSTRAINT ck_coupons_amounts CHECK (amount_off_fen > 0 AND from_fen > amount_off_fen),
    CONSTRAINT ck_coupons_limits CHECK (
        total_limit > 0 AND per_account_limit > 0 AND claimed BETWEEN 0 AND total_limit),
    CONSTRAINT ck_coupons_period CHECK (valid_until_at > valid_from_at)
);
CREATE INDEX ix_coupons_cooperative ON coupons (cooperative_id, id);
CREATE INDEX ix_coupons_valid_until_at ON coupons (valid_until_at) WHERE stopped_at IS NULL;

CREATE TABLE coupon_products (
    id UUID NOT NULL,
    coupon_id UUID NOT NULL,
    product_id UUID NOT NULL,
    CONSTRAINT pk_coupon_products PRIMARY KEY (id),
    CONSTRAINT uq_coupon_products_coupon_id_product_id UNIQUE (coupon_id, product_id),
    CONSTRAINT fk_coupon_products_coupon_id FOREIGN KEY (coupon_id) REFERENCES coupons (id)
);

CREATE TABLE coupon_holdings (
    id UUID NOT NULL,
    account_id UUID NOT NULL,
    coupon_id UUID NOT NULL,
    turn BIGINT NOT NULL,
    state VARCHAR(40) NOT NULL,
    trade_id UUID,
    claimed_at TIMESTAMPTZ NOT NULL,
    used_at TIMESTAMPTZ,
    CONSTRAINT pk_coupon_holdings PRIMARY KEY (id),
    CONSTRAINT uq_coupon_holdings_account_id_id UNIQUE (account_id, id),
    CONSTRAINT uq_coupon_holdings_account_id_coupon_id_turn UNIQUE (account_id, coupon_id, turn),
    CONSTRAINT fk_coupon_holdings_coupon_id FOREIGN KEY (coupon_id) REFERENCES coupons (id),
    CONSTRAINT ck_coupon_holdings_state CHECK (state IN ('held', 'used')),
    CONSTRAINT ck_coupon_holdings_used CHECK (
        (state = 'used') = (trade_id IS NOT NULL) AND (state = 'used') = (used_at IS NOT NULL)),
    CONSTRAINT ck_coupon_holdings_turn CHECK (turn > 0)
);
CREATE INDEX ix_coupon_holdings_coupon_id ON coupon_holdings (coupon_id);
CREATE INDEX ix_coupon_holdings_trade ON coupon_holdings (trade_id) WHERE trade_id IS NOT NULL;

CREATE TABLE coupon_uses (
    id UUID NOT NULL,
    cooperative_id UUID NOT NULL,
    order_id UUID NOT NULL,
    trade_id UUID NOT NULL,
    account_id UUID NOT NULL,
    holding_id UUID NOT NULL,
    coupon_id UUID NOT NULL,
    bearer VARCHAR(40) NOT NULL,
    discount_fen BIGINT NOT NULL,
    CONSTRAINT pk_coupon_uses PRIMARY KEY (id),
    CONSTRAINT uq_coupon_uses_cooperative_id_id UNIQUE (cooperative_id, id),
    CONSTRAINT uq_coupon_uses_cooperative_id_order_id_holding_id
        UNIQUE (cooperative_id, order_id, holding_id),
    CONSTRAINT fk_coupon_uses_cooperative_id_order_id
        FOREIGN KEY (cooperative_id, order_id) REFERENCES orders (cooperative_id, id),
    CONSTRAINT fk_coupon_uses_coupon_id FOREIGN KEY (coupon_id) REFERENCES coupons (id),
    CONSTRAINT ck_coupon_uses_bearer CHECK (bearer IN ('platform', 'cooperative')),
    CONSTRAINT ck_coupon_uses_discount CHECK (discount_fen > 0)
);
CREATE INDEX ix_coupon_uses_coupon_id ON coupon_uses (coupon_id);
CREATE INDEX ix_coupon_uses_holding ON coupon_uses (account_id, holding_id);
"""

COLUMNS = """
ALTER TABLE orders ADD COLUMN platform_discount_fen BIGINT NOT NULL DEFAULT 0;
ALTER TABLE orders ADD CONSTRAINT ck_orders_platform_discount
    CHECK (platform_discount_fen BETWEEN 0 AND discount_fen) NOT VALID;
ALTER TABLE orders VALIDATE CONSTRAINT ck_orders_platform_discount;
ALTER TABLE order_lines
    ADD COLUMN platform_discount_fen BIGINT NOT NULL DEFAULT 0,
    ADD COLUMN platform_returned_fen BIGINT NOT NULL DEFAULT 0;
ALTER TABLE order_lines ADD CONSTRAINT ck_order_lines_platform_discount
    CHECK (platform_discount_fen BETWEEN 0 AND discount_fen
           AND platform_returned_fen BETWEEN 0 AND platform_discount_fen) NOT VALID;
ALTER TABLE order_lines VALIDATE CONSTRAINT ck_order_lines_platform_discount;
ALTER TABLE refunds ADD COLUMN coupon_fen BIGINT NOT NULL DEFAULT 0;
"""


def upgrade() -> None:
    """Add them."""
    op.execute("SET lock_timeout = '5s'")
    op.execute(TABLES)
    op.execute(COLUMNS)


def downgrade() -> None:
    """Remove them again."""
    op.execute("SET lock_timeout = '5s'")
    op.execute("ALTER TABLE refunds DROP COLUMN coupon_fen")
    op.execute(
        "ALTER TABLE order_lines DROP COLUMN platform_discount_fen,"
        " DROP COLUMN platform_returned_fen"
    )
    op.execute("ALTER TABLE orders DROP COLUMN platform_discount_fen")
    op.execute("DROP TABLE coupon_uses, coupon_holdings, coupon_products, coupons")
