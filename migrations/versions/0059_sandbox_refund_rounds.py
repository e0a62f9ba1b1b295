"""The sandbox's refunds may be tried again, and may come back after they had succeeded.

Safe under load: the sandbox is a pretended provider; its tables are small and empty in production.
"""

from alembic import op

revision = "0059_sandbox_refund_rounds"
down_revision = "0058_tried_again"
branch_labels = None
depends_on = None

_ONCE = "refunds_payment_reference_merchant_reference_key"


def upgrade() -> None:
    """Add the round of a refund and the moment of its return."""
    op.execute("SET lock_timeout = '5s'")
    op.execute("""
        ALTER TABLE sandbox.refunds
            ADD COLUMN round INTEGER NOT NULL DEFAULT 0,
            ADD COLUMN returned_at TIMESTAMPTZ
    """)
    op.execute(f"""
        ALTER TABLE sandbox.refunds
            DROP CONSTRAINT {_ONCE},
            ADD CONSTRAINT refunds_round_key UNIQUE (payment_reference, merchant_reference, round)
    """)


def downgrade() -> None:
    """Keep the first round of each."""
    op.execute("SET lock_timeout = '5s'")
    op.execute("DELETE FROM sandbox.refunds WHERE round > 0")
    op.execute(f"""
        ALTER TABLE sandbox.refunds
            DROP CONSTRAINT refunds_round_key,
            ADD CONSTRAINT {_ONCE} UNIQUE (payment_reference, merchant_reference),
            DROP COLUMN round,
            DROP COLUMN returned_at
    """)
