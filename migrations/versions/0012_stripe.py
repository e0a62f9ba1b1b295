"""What payments by Stripe need: the means chosen, a code to scan, and how far events were read.

Safe under load: columns are added without a rewrite, and one small table.
"""

from alembic import op

revision = "0012_stripe"
down_revision = "0011_payouts"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add them."""
    op.execute("SET lock_timeout = '5s'")
    op.execute("""
        ALTER TABLE payment_attempts
            ADD COLUMN method TEXT NOT NULL DEFAULT '',
            ADD COLUMN payment_method TEXT,
            ADD COLUMN qr_code TEXT
    """)
    op.execute("""
        CREATE TABLE provider_readings (
            provider TEXT NOT NULL,
            read_at TIMESTAMP WITH TIME ZONE NOT NULL,
            CONSTRAINT pk_provider_readings PRIMARY KEY (provider)
        )
    """)


def downgrade() -> None:
    """Forget them."""
    op.execute("SET lock_timeout = '5s'")
    op.execute("DROP TABLE provider_readings")
    op.execute("""
        ALTER TABLE payment_attempts
            DROP COLUMN method, DROP COLUMN payment_method, DROP COLUMN qr_code
    """)
