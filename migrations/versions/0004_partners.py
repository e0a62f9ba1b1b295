"""partners.

Safe under load: creates new tables only.
"""

revision = "0004_partners"
down_revision = "0003_identity"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create what this revision adds."""


def downgrade() -> None:
    """Remove it again."""
