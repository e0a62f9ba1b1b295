"""Applications to change for whom a paid order counts.

Safe under load: creates a new table only.
"""

from alembic import op

from marketplace.migrating import app_role

revision = "0030_attribution_changes"
down_revision = "0029_pay_later"
branch_labels = None
depends_on = None

TABLE = """
CREATE TABLE attribution_changes (
    id UUID NOT NULL,
    cooperative_id UUID NOT NULL,
    order_id UUID NOT NULL,
    state VARCHAR(40) NOT NULL,
    from_unit_name TEXT,
    from_code TEXT,
    to_source VARCHAR(40) NOT NULL,
    to_unit_id UUID,
    to_unit_name TEXT,
    to_unit_kind TEXT,
    to_unit_is_budget BOOLEAN NOT NULL,
    to_code TEXT NOT NULL,
    reason TEXT NOT NULL,
    applied_by UUID NOT NULL,
    applied_at TIMESTAMP WITH TIME ZONE NOT NULL,
    decided_in TEXT NOT NULL,
    note TEXT,
    decided_by UUID,
    decided_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_attribution_changes PRIMARY KEY (id),
    CONSTRAINT uq_attribution_changes_cooperative_id_id UNIQUE (cooperative_id, id),
    CONSTRAINT fk_attribution_changes_cooperative_id_orders
        FOREIGN KEY (cooperative_id, order_id) REFERENCES orders (cooperative_id, id),
    CONSTRAINT ck_attribution_changes_state
        CHECK (state IN ('applied', 'approved', 'refused', 'withdrawn')),
    CONSTRAINT ck_attribution_changes_decided
        CHECK ((state IN ('approved', 'refused')) = (decided_by IS NOT NULL)),
    CONSTRAINT ck_attribution_changes_two_people CHECK (decided_by <> applied_by)
);
CREATE INDEX ix_attribution_changes_order ON attribution_changes (cooperative_id, order_id);
CREATE UNIQUE INDEX uq_attribution_changes_open ON attribution_changes (cooperative_id, order_id)
    WHERE state = 'applied';
CREATE INDEX ix_attribution_changes_waiting ON attribution_changes (decided_in, id)
    WHERE state = 'applied';
"""


def upgrade() -> None:
    """Create it."""
    op.execute("SET lock_timeout = '5s'")
    op.execute(TABLE)
    # What was asked for stays as it was asked.
    op.execute(f"REVOKE UPDATE, DELETE, TRUNCATE ON attribution_changes FROM {app_role()}")
    op.execute(
        f"GRANT UPDATE (state, note, decided_by, decided_at) ON attribution_changes TO {app_role()}"
    )


def downgrade() -> None:
    """Remove it."""
    op.execute("SET lock_timeout = '5s'")
    op.execute("DROP TABLE attribution_changes")
