"""Public holidays and the weekend days worked in their stead.

Safe under load: a small new table.
"""

from alembic import op

revision = "0039_working_days"
down_revision = "0038_reconciliation"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the table; ``load-reference`` fills it."""
    op.execute("SET lock_timeout = '5s'")
    op.execute("""
        CREATE TABLE special_days (
            id UUID NOT NULL,
            day DATE NOT NULL,
            kind VARCHAR(40) NOT NULL,
            name TEXT NOT NULL,
            document TEXT NOT NULL,
            set_by UUID,
            set_at TIMESTAMPTZ NOT NULL,
            CONSTRAINT pk_special_days PRIMARY KEY (id),
            CONSTRAINT uq_special_days_day UNIQUE (day),
            CONSTRAINT ck_special_days_kind CHECK (kind IN ('holiday', 'working', 'ordinary'))
        )
    """)


def downgrade() -> None:
    """Remove it again."""
    op.execute("DROP TABLE special_days")
