"""Bulk prices and limits per buyer; the list price beside a bulk price on the line.

Safe under load: new tables, and a nullable column.
"""

from alembic import op

revision = "0027_offers"
down_revision = "0026_aftersales_cases"
branch_labels = None
depends_on = None

TABLES = """
CREATE TABLE price_steps (
    id UUID NOT NULL,
    cooperative_id UUID NOT NULL,
    sku_id UUID NOT NULL,
    from_quantity BIGINT NOT NULL,
    price_fen BIGINT NOT NULL,
    is_for_units BOOLEAN NOT NULL,
    CONSTRAINT pk_price_steps PRIMARY KEY (id),
    CONSTRAINT uq_price_steps_cooperative_id_sku_id_is_for_units_from_quantity
        UNIQUE (cooperative_id, sku_id, is_for_units, from_quantity),
    CONSTRAINT fk_price_steps_cooperative_id_sku_id
        FOREIGN KEY (cooperative_id, sku_id) REFERENCES skus (cooperative_id, id),
    CONSTRAINT ck_price_steps_step CHECK (from_quantity > 1 AND price_fen > 0)
);

CREATE TABLE buyer_limits (
    id UUID NOT NULL,
    cooperative_id UUID NOT NULL,
    product_id UUID NOT NULL,
    sku_id UUID,
    per_order BIGINT,
    per_period BIGINT,
    period VARCHAR(40),
    CONSTRAINT pk_buyer_limits PRIMARY KEY (id),
    CONSTRAINT uq_buyer_limits_cooperative_id_product_id_sku_id
        UNIQUE NULLS NOT DISTINCT (cooperative_id, product_id, sku_id),
    CONSTRAINT fk_buyer_limits_cooperative_id_product_id
        FOREIGN KEY (cooperative_id, product_id) REFERENCES products (cooperative_id, id),
    CONSTRAINT fk_buyer_limits_cooperative_id_sku_id
        FOREIGN KEY (cooperative_id, sku_id) REFERENCES skus (cooperative_id, id),
    CONSTRAINT ck_buyer_limits_period CHECK (period IN ('day', 'week', 'month', 'year', 'ever')),
    CONSTRAINT ck_buyer_limits_limit CHECK (
        num_nonnulls(per_order, per_period) > 0
        AND (per_period IS NULL) = (period IS NULL)
        AND (per_order IS NULL OR per_order > 0) AND (per_period IS NULL OR per_period > 0))
);
CREATE INDEX ix_buyer_limits_sku ON buyer_limits (cooperative_id, sku_id);
"""


def upgrade() -> None:
    """Add them."""
    op.execute("SET lock_timeout = '5s'")
    op.execute(TABLES)
    op.execute("ALTER TABLE order_lines ADD COLUMN list_price_fen BIGINT")
    op.execute(
        "ALTER TABLE order_lines ADD CONSTRAINT ck_order_lines_list_price"
        " CHECK (list_price_fen > price_fen) NOT VALID"
    )
    op.execute("ALTER TABLE order_lines VALIDATE CONSTRAINT ck_order_lines_list_price")


def downgrade() -> None:
    """Remove them again."""
    op.execute("SET lock_timeout = '5s'")
    op.execute("ALTER TABLE order_lines DROP COLUMN list_price_fen")
    op.execute("DROP TABLE buyer_limits, price_steps")
