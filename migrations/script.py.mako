"""${message}.

Safe under load: say why.
"""

import sqlalchemy as sa
from alembic import op

revision = ${repr(up_revision)}
down_revision = ${repr(down_revision)}
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create what this revision adds."""
    ${upgrades if upgrades else "raise NotImplementedError"}


def downgrade() -> None:
    """Remove it again."""
    ${downgrades if downgrades else "raise NotImplementedError"}
