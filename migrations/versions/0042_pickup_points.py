"""Pick-up points, their keepers' role, and orders that are collected there.

Safe under load: new tables, a column without a default, and checks that are added before they are
looked at on the rows that stand.
"""

from alembic import op

revision = "0042_pickup_points"
down_revision = "0041_settlement_schedules"
branch_labels = None
depends_on = None

NAME = "ck_memberships_role_of_scope"
OPENED_BY = "ck_aftersales_cases_opened_by"


def _roles(of_points: str) -> None:
    op.execute(f"ALTER TABLE memberships DROP CONSTRAINT {NAME}")
    op.execute(f"""
        ALTER TABLE memberships ADD CONSTRAINT {NAME} CHECK (
           (scope_kind = 'cooperative' AND role IN ('cooperative_manager', 'cooperative_staff'))
        OR (scope_kind = 'office' AND role IN ('office_officer', 'office_approver'))
        OR (scope_kind = 'buying_unit' AND role IN ('buying_unit_clerk', 'buying_unit_approver'))
        OR (scope_kind = 'outlet' AND role = 'outlet_operator')
        {of_points}
        OR (scope_kind = 'platform' AND role IN ('finance_officer', 'auditor', 'platform_admin')))
    """)


def _opened_by(parties: str) -> None:
    op.execute(f"ALTER TABLE aftersales_cases DROP CONSTRAINT {OPENED_BY}")
    op.execute(f"""
        ALTER TABLE aftersales_cases ADD CONSTRAINT {OPENED_BY}
            CHECK (opened_by IN ({parties})) NOT VALID
    """)
    op.execute(f"ALTER TABLE aftersales_cases VALIDATE CONSTRAINT {OPENED_BY}")


def upgrade() -> None:
    """Create them."""
    op.execute("SET lock_timeout = '5s'")
    _roles("OR (scope_kind = 'pickup_point' AND role = 'pickup_keeper')")
    _opened_by("'buyer', 'cooperative', 'clock'")
    op.execute("""
        CREATE TABLE pickup_points (
            id UUID NOT NULL,
            name TEXT NOT NULL,
            region_code TEXT NOT NULL,
            address TEXT NOT NULL,
            hours TEXT NOT NULL,
            contact BYTEA NOT NULL,
            holder_kind VARCHAR(40) NOT NULL,
            holder_id UUID NOT NULL,
            is_for_unit_only BOOLEAN NOT NULL,
            is_active BOOLEAN NOT NULL,
            version BIGINT NOT NULL,
            CONSTRAINT pk_pickup_points PRIMARY KEY (id),
            CONSTRAINT fk_pickup_points_region_code_regions FOREIGN KEY (region_code)
                REFERENCES regions (code),
            CONSTRAINT ck_pickup_points_holder_kind
                CHECK (holder_kind IN ('buying_unit', 'outlet', 'office')),
            CONSTRAINT ck_pickup_points_for_unit_only
                CHECK (NOT is_for_unit_only OR holder_kind = 'buying_unit')
        )
    """)
    op.execute("CREATE INDEX ix_pickup_points_holder ON pickup_points (holder_kind, holder_id)")
    op.execute("CREATE INDEX ix_pickup_points_region_code ON pickup_points (region_code)")
    op.execute("CREATE INDEX ix_pickup_points_name ON pickup_points (name, id)")
    op.execute("""
        CREATE TABLE pickup_terms (
            id UUID NOT NULL,
            cooperative_id UUID NOT NULL,
            pickup_point_id UUID NOT NULL,
            rule VARCHAR(40) NOT NULL,
            changed_at TIMESTAMPTZ NOT NULL,
            CONSTRAINT pk_pickup_terms PRIMARY KEY (id),
            CONSTRAINT uq_pickup_terms_cooperative_id_id UNIQUE (cooperative_id, id),
            CONSTRAINT uq_pickup_terms_cooperative_id_pickup_point_id
                UNIQUE (cooperative_id, pickup_point_id),
            CONSTRAINT fk_pickup_terms_pickup_point_id_pickup_points FOREIGN KEY (pickup_point_id)
                REFERENCES pickup_points (id),
            CONSTRAINT ck_pickup_terms_rule CHECK (rule IN ('free', 'not_served'))
        )
    """)
    op.execute("CREATE INDEX ix_pickup_terms_point ON pickup_terms (pickup_point_id)")
    op.execute("ALTER TABLE orders ADD COLUMN pickup_point_id UUID")
    op.execute("""
        CREATE TABLE pickups (
            id UUID NOT NULL,
            cooperative_id UUID NOT NULL,
            order_id UUID NOT NULL,
            pickup_point_id UUID NOT NULL,
            state VARCHAR(40) NOT NULL,
            point_name TEXT NOT NULL,
            point_address TEXT NOT NULL,
            point_hours TEXT NOT NULL,
            code BYTEA,
            tries BIGINT NOT NULL DEFAULT 0,
            tries_again_at TIMESTAMPTZ,
            arrived_at TIMESTAMPTZ,
            due_at TIMESTAMPTZ,
            reminded_at TIMESTAMPTZ,
            ended_at TIMESTAMPTZ,
            handed_out_by UUID,
            changed_at TIMESTAMPTZ NOT NULL,
            CONSTRAINT pk_pickups PRIMARY KEY (id),
            CONSTRAINT uq_pickups_cooperative_id_id UNIQUE (cooperative_id, id),
            CONSTRAINT uq_pickups_cooperative_id_order_id UNIQUE (cooperative_id, order_id),
            CONSTRAINT fk_pickups_cooperative_id_order_id FOREIGN KEY (cooperative_id, order_id)
                REFERENCES orders (cooperative_id, id),
            CONSTRAINT fk_pickups_pickup_point_id FOREIGN KEY (pickup_point_id)
                REFERENCES pickup_points (id),
            CONSTRAINT ck_pickups_state CHECK (state IN
                ('awaiting', 'arrived', 'collected', 'uncollected', 'closed')),
            CONSTRAINT ck_pickups_arrived CHECK (state <> 'arrived'
                OR num_nonnulls(code, arrived_at, due_at) = 3),
            CONSTRAINT ck_pickups_ended CHECK
                ((state IN ('awaiting', 'arrived')) = (ended_at IS NULL))
        )
    """)
    op.execute("CREATE INDEX ix_pickups_point ON pickups (pickup_point_id, state, id)")
    op.execute("CREATE INDEX ix_pickups_order ON pickups (order_id)")
    op.execute("CREATE INDEX ix_pickups_due ON pickups (due_at) WHERE state = 'arrived'")


def downgrade() -> None:
    """Forget them; the keepers' memberships go with the role, lapsed cases count as the buyers'."""
    op.execute("SET lock_timeout = '5s'")
    op.execute("DROP TABLE pickups")
    op.execute("ALTER TABLE orders DROP COLUMN pickup_point_id")
    op.execute("DROP TABLE pickup_terms")
    op.execute("DROP TABLE pickup_points")
    op.execute("UPDATE aftersales_cases SET opened_by = 'buyer' WHERE opened_by = 'clock'")
    _opened_by("'buyer', 'cooperative'")
    op.execute("DELETE FROM memberships WHERE role = 'pickup_keeper'")
    _roles("")
