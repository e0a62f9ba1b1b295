"""Steps of an order on its way: packing, reminders, remarks, and the calling off of paid orders.

Safe under load: columns are added without a rewrite; the return class of existing lines is filled
from their products in one statement, so run it when few buy. The index is built in a quiet minute.
"""

from alembic import op

revision = "0015_order_steps"
down_revision = "0014_budget_units"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add them."""
    op.execute("SET lock_timeout = '5s'")
    op.execute("""
        ALTER TABLE orders
            ADD COLUMN picked_at TIMESTAMPTZ,
            ADD COLUMN reminded_at TIMESTAMPTZ,
            ADD COLUMN reminders INTEGER NOT NULL DEFAULT 0,
            ADD COLUMN remark TEXT,
            ADD COLUMN seller_note TEXT
    """)
    op.execute("""
        CREATE INDEX ix_orders_open ON orders (cooperative_id, state, paid_at, id)
        WHERE state IN ('paid', 'part_shipped', 'shipped')
    """)
    op.execute("ALTER TABLE order_lines ADD COLUMN return_class TEXT NOT NULL DEFAULT 'seven_days'")
    op.execute("""
        UPDATE order_lines l SET return_class = p.return_class
        FROM products p
        WHERE p.cooperative_id = l.cooperative_id AND p.id = l.product_id
          AND p.return_class <> 'seven_days'
    """)
    op.execute("""
        CREATE TABLE cancellations (
            id UUID NOT NULL,
            cooperative_id UUID NOT NULL,
            order_id UUID NOT NULL,
            account_id UUID NOT NULL,
            state VARCHAR(40) NOT NULL,
            opened_by VARCHAR(40) NOT NULL,
            reason VARCHAR(40) NOT NULL,
            note TEXT,
            answer TEXT,
            asked_at TIMESTAMPTZ NOT NULL,
            asked_by UUID NOT NULL,
            due_at TIMESTAMPTZ,
            answered_at TIMESTAMPTZ,
            answered_by UUID,
            CONSTRAINT pk_cancellations PRIMARY KEY (id),
            CONSTRAINT uq_cancellations_cooperative_id_id UNIQUE (cooperative_id, id),
            CONSTRAINT fk_cancellations_cooperative_id_order_id
                FOREIGN KEY (cooperative_id, order_id) REFERENCES orders (cooperative_id, id),
            CONSTRAINT ck_cancellations_state
                CHECK (state IN ('asked', 'agreed', 'refused', 'withdrawn')),
            CONSTRAINT ck_cancellations_opened_by CHECK (opened_by IN ('buyer', 'cooperative'))
        )
    """)
    op.execute("CREATE INDEX ix_cancellations_order ON cancellations (cooperative_id, order_id)")
    op.execute("""
        CREATE UNIQUE INDEX uq_cancellations_asked ON cancellations (cooperative_id, order_id)
        WHERE state = 'asked'
    """)
    op.execute("CREATE INDEX ix_cancellations_due ON cancellations (due_at) WHERE state = 'asked'")


def downgrade() -> None:
    """Forget them."""
    op.execute("SET lock_timeout = '5s'")
    op.execute("DROP TABLE cancellations")
    op.execute("ALTER TABLE order_lines DROP COLUMN return_class")
    op.execute("DROP INDEX ix_orders_open")
    op.execute("""
        ALTER TABLE orders
            DROP COLUMN picked_at, DROP COLUMN reminded_at, DROP COLUMN reminders,
            DROP COLUMN remark, DROP COLUMN seller_note
    """)
