"""floor.

Safe under load: creates new tables only.
"""

revision = "0001_floor"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create what this revision adds."""


def downgrade() -> None:
    """Remove it again."""
