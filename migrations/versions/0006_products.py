"""products.

Safe under load: creates new tables only.
"""

revision = "0006_products"
down_revision = "0005_days_credits"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create what this revision adds."""


def downgrade() -> None:
    """Remove it again."""
