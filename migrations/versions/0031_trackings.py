"""Where parcels are, as a tracking service tells it.

Safe under load: creates a new table only.
"""

from alembic import op

revision = "0031_trackings"
down_revision = "0030_attribution_changes"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create it."""
    op.execute("SET lock_timeout = '5s'")
    op.execute("""
        CREATE TABLE trackings (
            id UUID NOT NULL,
            cooperative_id UUID NOT NULL,
            parcel_id UUID NOT NULL,
            state VARCHAR(40) NOT NULL,
            course JSONB NOT NULL,
            subscribed_at TIMESTAMPTZ,
            ask_at TIMESTAMPTZ,
            told_at TIMESTAMPTZ,
            delivered_at TIMESTAMPTZ,
            CONSTRAINT pk_trackings PRIMARY KEY (id),
            CONSTRAINT uq_trackings_cooperative_id_id UNIQUE (cooperative_id, id),
            CONSTRAINT uq_trackings_cooperative_id_parcel_id UNIQUE (cooperative_id, parcel_id),
            CONSTRAINT fk_trackings_cooperative_id_parcel_id FOREIGN KEY (cooperative_id, parcel_id)
                REFERENCES parcels (cooperative_id, id),
            CONSTRAINT ck_trackings_state CHECK (state IN ('unknown', 'collected', 'in_transit',
                'out_for_delivery', 'delivered', 'in_trouble', 'returning'))
        )
    """)
    op.execute("CREATE INDEX ix_trackings_due ON trackings (ask_at) WHERE ask_at IS NOT NULL")


def downgrade() -> None:
    """Forget it."""
    op.execute("SET lock_timeout = '5s'")
    op.execute("DROP TABLE trackings")
