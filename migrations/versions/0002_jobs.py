"""jobs.

Safe under load: creates new tables only.
"""

revision = "0002_jobs"
down_revision = "0001_floor"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create what this revision adds."""


def downgrade() -> None:
    """Remove it again."""
