"""The trail says what kind of actor did a deed: a person, the system, or somebody not signed in.

Older entries keep none: what they say of their actor is read as before. Safe under load: a column
without a default is added to the table and its months at once.
"""

from alembic import op

revision = "0060_audit_actor_kind"
down_revision = "0059_sandbox_refund_rounds"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the kind of actor."""
    op.execute("SET lock_timeout = '5s'")
    op.execute("ALTER TABLE audit_entries ADD COLUMN actor_kind TEXT")


def downgrade() -> None:
    """Forget the kind of actor."""
    op.execute("SET lock_timeout = '5s'")
    op.execute("ALTER TABLE audit_entries DROP COLUMN actor_kind")
