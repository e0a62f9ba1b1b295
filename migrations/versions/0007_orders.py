"""Carts, trades, orders, parcels and after-sales cases.

Safe under load: creates new tables only. Trades and carts belong to an account, the rest to a
cooperative; foreign keys stay inside one owner, links across owners are watched by ``make verify``.
"""

from alembic import op

revision = "0007_orders"
down_revision = "0006_products"
branch_labels = None
depends_on = None

TABLES = """
CREATE TABLE cart_lines (
    id UUID NOT NULL,
    account_id UUID NOT NULL,
    sku_id UUID NOT NULL,
    quantity BIGINT NOT NULL,
    price_seen_fen BIGINT NOT NULL,
    added_at TIMESTAMPTZ NOT NULL,
    CONSTRAINT pk_cart_lines PRIMARY KEY (id),
    CONSTRAINT uq_cart_lines_account_id_id UNIQUE (account_id, id),
    CONSTRAINT uq_cart_lines_account_id_sku_id UNIQUE (account_id, sku_id),
    CONSTRAINT ck_cart_lines_quantity CHECK (quantity > 0)
);

CREATE TABLE freight_rules (
    id UUID NOT NULL,
    cooperative_id UUID NOT NULL,
    flat_fen BIGINT NOT NULL,
    free_from_fen BIGINT,
    changed_at TIMESTAMPTZ NOT NULL,
    CONSTRAINT pk_freight_rules PRIMARY KEY (id),
    CONSTRAINT uq_freight_rules_cooperative_id_id UNIQUE (cooperative_id, id),
    CONSTRAINT uq_freight_rules_cooperative_id UNIQUE (cooperative_id),
    CONSTRAINT ck_freight_rules_amounts CHECK (flat_fen >= 0 AND (free_from_fen IS NULL OR free_from_fen > 0))
);

CREATE TABLE trades (
    id UUID NOT NULL,
    account_id UUID NOT NULL,
    trade_no TEXT NOT NULL,
    state VARCHAR(40) NOT NULL,
    goods_fen BIGINT NOT NULL,
    freight_fen BIGINT NOT NULL,
    discount_fen BIGINT NOT NULL,
    total_fen BIGINT NOT NULL,
    placed_at TIMESTAMPTZ NOT NULL,
    expires_at TIMESTAMPTZ NOT NULL,
    paid_at TIMESTAMPTZ,
    paid_attempt_id UUID,
    closed_at TIMESTAMPTZ,
    CONSTRAINT pk_trades PRIMARY KEY (id),
    CONSTRAINT uq_trades_account_id_id UNIQUE (account_id, id),
    CONSTRAINT uq_trades_account_id_trade_no UNIQUE (account_id, trade_no),
    CONSTRAINT ck_trades_total CHECK (total_fen = goods_fen + freight_fen - discount_fen AND total_fen >= 0),
    CONSTRAINT ck_trades_state CHECK (state IN ('open', 'paid', 'expired', 'cancelled'))
);
CREATE INDEX ix_trades_expires_at ON trades (expires_at) WHERE state = 'open';

CREATE TABLE orders (
    id UUID NOT NULL,
    cooperative_id UUID NOT NULL,
    cooperative_name TEXT NOT NULL,
    trade_id UUID NOT NULL,
    account_id UUID NOT NULL,
    order_no TEXT NOT NULL,
    state VARCHAR(40) NOT NULL,
    buying_unit_id UUID,
    buying_unit_name TEXT,
    buying_unit_kind TEXT,
    attribution_code TEXT,
    attribution_source VARCHAR(40) NOT NULL,
    channel TEXT NOT NULL,
    outlet_id UUID,
    goods_fen BIGINT NOT NULL,
    freight_fen BIGINT NOT NULL,
    discount_fen BIGINT NOT NULL,
    total_fen BIGINT NOT NULL,
    freight_refunded_fen BIGINT NOT NULL,
    ship_to BYTEA NOT NULL,
    ship_to_code TEXT NOT NULL,
    placed_at TIMESTAMPTZ NOT NULL,
    paid_at TIMESTAMPTZ,
    sale_on DATE,
    shipped_at TIMESTAMPTZ,
    accept_due_at TIMESTAMPTZ,
    accepted_at TIMESTAMPTZ,
    window_closes_at TIMESTAMPTZ,
    completed_at TIMESTAMPTZ,
    closed_at TIMESTAMPTZ,
    CONSTRAINT pk_orders PRIMARY KEY (id),
    CONSTRAINT uq_orders_cooperative_id_id UNIQUE (cooperative_id, id),
    CONSTRAINT uq_orders_cooperative_id_order_no UNIQUE (cooperative_id, order_no),
    CONSTRAINT ck_orders_total CHECK (total_fen = goods_fen + freight_fen - discount_fen AND total_fen >= 0),
    CONSTRAINT ck_orders_state CHECK (state IN ('unpaid', 'paid', 'part_shipped', 'shipped', 'accepted', 'completed', 'cancelled')),
    CONSTRAINT ck_orders_attribution_source CHECK (attribution_source IN ('buying_unit', 'outlet', 'delivery', 'chosen'))
);
CREATE INDEX ix_orders_accept_due ON orders (accept_due_at) WHERE state = 'shipped';
CREATE INDEX ix_orders_account ON orders (account_id, id);
CREATE INDEX ix_orders_attribution ON orders (attribution_code, id);
CREATE INDEX ix_orders_buying_unit ON orders (buying_unit_id, id) WHERE buying_unit_id IS NOT NULL;
CREATE INDEX ix_orders_trade ON orders (trade_id);
CREATE INDEX ix_orders_window ON orders (window_closes_at) WHERE state = 'accepted';

CREATE TABLE order_lines (
    id UUID NOT NULL,
    cooperative_id UUID NOT NULL,
    order_id UUID NOT NULL,
    position INTEGER NOT NULL,
    sku_id UUID NOT NULL,
    product_id UUID NOT NULL,
    product_name TEXT NOT NULL,
    spec TEXT NOT NULL,
    unit TEXT NOT NULL,
    weight_g BIGINT NOT NULL,
    category_code TEXT NOT NULL,
    category_name TEXT NOT NULL,
    product_kind TEXT NOT NULL,
    is_food_or_farm BOOLEAN NOT NULL,
    photo_url TEXT,
    origin_code TEXT,
    origin_name TEXT,
    certificate_no TEXT,
    certificate_valid_from DATE,
    certificate_valid_to DATE,
    certificate_state TEXT,
    price_fen BIGINT NOT NULL,
    quantity BIGINT NOT NULL,
    amount_fen BIGINT NOT NULL,
    discount_fen BIGINT NOT NULL,
    net_fen BIGINT NOT NULL,
    freight_fen BIGINT NOT NULL,
    fee_rate_bp INTEGER NOT NULL,
    told JSONB NOT NULL,
    shipped_quantity BIGINT NOT NULL,
    released_quantity BIGINT NOT NULL,
    claimed_fen BIGINT NOT NULL,
    claimed_quantity BIGINT NOT NULL,
    refunded_fen BIGINT NOT NULL,
    CONSTRAINT pk_order_lines PRIMARY KEY (id),
    CONSTRAINT uq_order_lines_cooperative_id_id UNIQUE (cooperative_id, id),
    CONSTRAINT uq_order_lines_cooperative_id_order_id_position UNIQUE (cooperative_id, order_id, position),
    CONSTRAINT fk_order_lines_cooperative_id_order_id FOREIGN KEY(cooperative_id, order_id) REFERENCES orders (cooperative_id, id),
    CONSTRAINT fk_order_lines_cooperative_id_sku_id FOREIGN KEY(cooperative_id, sku_id) REFERENCES skus (cooperative_id, id),
    CONSTRAINT ck_order_lines_amounts CHECK (quantity > 0 AND price_fen >= 0 AND amount_fen = price_fen * quantity
        AND discount_fen BETWEEN 0 AND amount_fen AND net_fen = amount_fen - discount_fen AND freight_fen >= 0),
    CONSTRAINT ck_order_lines_refunds CHECK (claimed_fen BETWEEN 0 AND net_fen AND refunded_fen BETWEEN 0 AND claimed_fen),
    CONSTRAINT ck_order_lines_quantities CHECK (claimed_quantity BETWEEN 0 AND quantity AND shipped_quantity >= 0 AND released_quantity >= 0 AND shipped_quantity + released_quantity <= quantity)
);
CREATE INDEX ix_order_lines_sku ON order_lines (cooperative_id, sku_id);

CREATE TABLE parcels (
    id UUID NOT NULL,
    cooperative_id UUID NOT NULL,
    order_id UUID NOT NULL,
    courier_code TEXT NOT NULL,
    waybill_no TEXT NOT NULL,
    shipped_at TIMESTAMPTZ NOT NULL,
    shipped_by UUID,
    CONSTRAINT pk_parcels PRIMARY KEY (id),
    CONSTRAINT uq_parcels_cooperative_id_id UNIQUE (cooperative_id, id),
    CONSTRAINT uq_parcels_cooperative_id_courier_code_waybill_no UNIQUE (cooperative_id, courier_code, waybill_no),
    CONSTRAINT fk_parcels_cooperative_id_order_id FOREIGN KEY(cooperative_id, order_id) REFERENCES orders (cooperative_id, id)
);
CREATE INDEX ix_parcels_order ON parcels (cooperative_id, order_id);

CREATE TABLE parcel_lines (
    id UUID NOT NULL,
    cooperative_id UUID NOT NULL,
    parcel_id UUID NOT NULL,
    order_line_id UUID NOT NULL,
    quantity BIGINT NOT NULL,
    CONSTRAINT pk_parcel_lines PRIMARY KEY (id),
    CONSTRAINT uq_parcel_lines_cooperative_id_id UNIQUE (cooperative_id, id),
    CONSTRAINT uq_parcel_lines_cooperative_id_parcel_id_order_line_id UNIQUE (cooperative_id, parcel_id, order_line_id),
    CONSTRAINT fk_parcel_lines_cooperative_id_parcel_id FOREIGN KEY(cooperative_id, parcel_id) REFERENCES parcels (cooperative_id, id),
    CONSTRAINT fk_parcel_lines_cooperative_id_order_line_id FOREIGN KEY(cooperative_id, order_line_id) REFERENCES order_lines (cooperative_id, id),
    CONSTRAINT ck_parcel_lines_quantity CHECK (quantity > 0)
);
CREATE INDEX ix_parcel_lines_order_line ON parcel_lines (cooperative_id, order_line_id);

CREATE TABLE aftersales_cases (
    id UUID NOT NULL,
    cooperative_id UUID NOT NULL,
    account_id UUID NOT NULL,
    order_id UUID NOT NULL,
    order_line_id UUID NOT NULL,
    case_no TEXT NOT NULL,
    state VARCHAR(40) NOT NULL,
    opened_by VARCHAR(40) NOT NULL,
    reason TEXT NOT NULL,
    answer TEXT,
    quantity BIGINT NOT NULL,
    goods_fen BIGINT NOT NULL,
    freight_fen BIGINT NOT NULL,
    released_quantity BIGINT NOT NULL,
    put_back_quantity BIGINT NOT NULL,
    applied_at TIMESTAMPTZ NOT NULL,
    applied_by UUID NOT NULL,
    answered_at TIMESTAMPTZ,
    answered_by UUID,
    done_at TIMESTAMPTZ,
    CONSTRAINT pk_aftersales_cases PRIMARY KEY (id),
    CONSTRAINT uq_aftersales_cases_cooperative_id_id UNIQUE (cooperative_id, id),
    CONSTRAINT uq_aftersales_cases_cooperative_id_case_no UNIQUE (cooperative_id, case_no),
    CONSTRAINT fk_aftersales_cases_cooperative_id_order_id FOREIGN KEY(cooperative_id, order_id) REFERENCES orders (cooperative_id, id),
    CONSTRAINT fk_aftersales_cases_cooperative_id_order_line_id FOREIGN KEY(cooperative_id, order_line_id) REFERENCES order_lines (cooperative_id, id),
    CONSTRAINT ck_aftersales_cases_amounts CHECK (quantity >= 0 AND goods_fen >= 0 AND freight_fen >= 0 AND quantity + goods_fen > 0 AND released_quantity + put_back_quantity <= quantity AND released_quantity >= 0 AND put_back_quantity >= 0),
    CONSTRAINT ck_aftersales_cases_state CHECK (state IN ('applied', 'awaiting_refund', 'done', 'withdrawn', 'refused')),
    CONSTRAINT ck_aftersales_cases_opened_by CHECK (opened_by IN ('buyer', 'cooperative'))
);
CREATE INDEX ix_aftersales_cases_account ON aftersales_cases (account_id, id);
CREATE INDEX ix_aftersales_cases_awaiting ON aftersales_cases (cooperative_id, id) WHERE state = 'awaiting_refund';
CREATE INDEX ix_aftersales_cases_order ON aftersales_cases (cooperative_id, order_id);
CREATE INDEX ix_aftersales_cases_order_line ON aftersales_cases (cooperative_id, order_line_id);
"""

NEWEST_FIRST = (
    "aftersales_cases",
    "parcel_lines",
    "parcels",
    "order_lines",
    "orders",
    "trades",
    "freight_rules",
    "cart_lines",
)


def upgrade() -> None:
    """Create what this revision adds."""
    op.execute(TABLES)


def downgrade() -> None:
    """Remove it again."""
    for table in NEWEST_FIRST:
        op.drop_table(table)
