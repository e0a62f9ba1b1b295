"""orders.

Safe under load: creates new tables only.
"""

revision = "0007_orders"
down_revision = "0006_products"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create what this revision adds."""


def downgrade() -> None:
    """Remove it again."""
