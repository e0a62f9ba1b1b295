"""Arrival at a pick-up point parcel by parcel, and replacements collected there too.

Safe under load: a nullable column, indexes over a small table, and a new table. What had arrived
is written down parcel by parcel; replacements on their way get a pick-up of their own.
"""

from alembic import op

revision = "0057_parcels_at_points"
down_revision = "0056_movement_sources"
branch_labels = None
depends_on = None

PARTIES = "'buyer', 'cooperative', 'provider', 'clock', 'platform', 'order'"


def upgrade() -> None:
    """Add the column and the table, and fill them from what is under way."""
    op.execute("SET lock_timeout = '5s'")
    op.execute("""
        ALTER TABLE pickups
            ADD COLUMN case_id UUID,
            DROP CONSTRAINT uq_pickups_cooperative_id_order_id,
            ADD CONSTRAINT uq_pickups_cooperative_id_case_id UNIQUE (cooperative_id, case_id),
            ADD CONSTRAINT fk_pickups_cooperative_id_case_id FOREIGN KEY (cooperative_id, case_id)
                REFERENCES aftersales_cases (cooperative_id, id)
    """)
    op.execute("""
        CREATE UNIQUE INDEX ix_pickups_own ON pickups (cooperative_id, order_id)
        WHERE case_id IS NULL
    """)
    op.execute("""
        CREATE TABLE pickup_parcels (
            id UUID NOT NULL,
            cooperative_id UUID NOT NULL,
            pickup_id UUID NOT NULL,
            parcel_id UUID NOT NULL,
            arrived_at TIMESTAMPTZ NOT NULL,
            arrived_by UUID,
            left_at TIMESTAMPTZ,
            CONSTRAINT pk_pickup_parcels PRIMARY KEY (id),
            CONSTRAINT uq_pickup_parcels_cooperative_id_id UNIQUE (cooperative_id, id),
            CONSTRAINT uq_pickup_parcels_cooperative_id_parcel_id
                UNIQUE (cooperative_id, parcel_id),
            CONSTRAINT fk_pickup_parcels_cooperative_id_pickup_id
                FOREIGN KEY (cooperative_id, pickup_id) REFERENCES pickups (cooperative_id, id),
            CONSTRAINT fk_pickup_parcels_cooperative_id_parcel_id
                FOREIGN KEY (cooperative_id, parcel_id) REFERENCES parcels (cooperative_id, id),
            CONSTRAINT ck_pickup_parcels_left CHECK (left_at >= arrived_at)
        )
    """)
    op.execute(
        "CREATE INDEX ix_pickup_parcels_pickup ON pickup_parcels (cooperative_id, pickup_id)"
    )
    op.execute("""
        INSERT INTO pickup_parcels (id, cooperative_id, pickup_id, parcel_id, arrived_at, left_at)
        SELECT gen_random_uuid(), p.cooperative_id, p.id, b.id, p.arrived_at,
               CASE WHEN p.state <> 'arrived' THEN greatest(p.ended_at, p.arrived_at) END
        FROM pickups p
        JOIN parcels b ON b.cooperative_id = p.cooperative_id AND b.order_id = p.order_id
             AND b.case_id IS NULL
        WHERE p.arrived_at IS NOT NULL
    """)
    op.execute("""
        INSERT INTO pickups (id, cooperative_id, order_id, case_id, pickup_point_id, state,
                             point_name, point_address, point_hours, changed_at)
        SELECT gen_random_uuid(), p.cooperative_id, p.order_id, c.id, p.pickup_point_id, 'awaiting',
               p.point_name, p.point_address, p.point_hours, now()
        FROM pickups p
        JOIN aftersales_cases c ON c.cooperative_id = p.cooperative_id AND c.order_id = p.order_id
             AND c.state = 'replacing'
        WHERE p.case_id IS NULL
    """)
    # A keeper who hands a replacement out ends its exchange.
    op.execute(f"""
        ALTER TABLE case_events
            DROP CONSTRAINT ck_case_events_party,
            ADD CONSTRAINT ck_case_events_party CHECK (party IN ({PARTIES}, 'keeper')) NOT VALID
    """)
    op.execute("ALTER TABLE case_events VALIDATE CONSTRAINT ck_case_events_party")


def downgrade() -> None:
    """Forget parcels and replacements at points; orders keep theirs."""
    op.execute("SET lock_timeout = '5s'")
    op.execute("DROP TABLE pickup_parcels")
    op.execute("DELETE FROM pickups WHERE case_id IS NOT NULL")
    op.execute("DROP INDEX ix_pickups_own")
    op.execute("""
        ALTER TABLE pickups
            DROP COLUMN case_id,
            ADD CONSTRAINT uq_pickups_cooperative_id_order_id UNIQUE (cooperative_id, order_id)
    """)
    # What keepers ended stays told as it was: the course of a case is never changed.
    op.execute(f"""
        ALTER TABLE case_events
            DROP CONSTRAINT ck_case_events_party,
            ADD CONSTRAINT ck_case_events_party CHECK (party IN ({PARTIES})) NOT VALID
    """)
