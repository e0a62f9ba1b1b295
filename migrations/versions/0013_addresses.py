"""The address book of accounts and of buying units.

Safe under load: one new table.
"""

from alembic import op

revision = "0013_addresses"
down_revision = "0012_stripe"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add it."""
    op.execute("SET lock_timeout = '5s'")
    op.execute("""
        CREATE TABLE addresses (
            id UUID NOT NULL,
            owner_kind VARCHAR(40) NOT NULL,
            owner_id UUID NOT NULL,
            region_code TEXT NOT NULL,
            sealed BYTEA NOT NULL,
            is_default BOOLEAN NOT NULL,
            written_by UUID NOT NULL,
            written_at TIMESTAMPTZ NOT NULL,
            version BIGINT NOT NULL,
            CONSTRAINT pk_addresses PRIMARY KEY (id),
            CONSTRAINT uq_addresses_owner_id_id UNIQUE (owner_id, id),
            CONSTRAINT ck_addresses_owner_kind CHECK (owner_kind IN ('account', 'buying_unit'))
        )
    """)
    op.execute("CREATE UNIQUE INDEX uq_addresses_default ON addresses (owner_id) WHERE is_default")


def downgrade() -> None:
    """Forget it."""
    op.execute("SET lock_timeout = '5s'")
    op.execute("DROP TABLE addresses")
