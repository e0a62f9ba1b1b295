"""What happened, waiting to be told, and told.

Safe under load: creates new tables only.
"""

from alembic import op

revision = "0037_outbox"
down_revision = "0036_corrections"
branch_labels = None
depends_on = None

_COLUMNS = """
    id UUID NOT NULL,
    at TIMESTAMPTZ NOT NULL,
    kind VARCHAR(40) NOT NULL,
    subject_id UUID NOT NULL,
    account_id UUID,
    cooperative_id UUID,
    buying_unit_id UUID,
    facts JSONB NOT NULL
"""


def upgrade() -> None:
    """Create them."""
    op.execute("SET lock_timeout = '5s'")
    # A queue whose rows come and go all day: vacuumed by count, not by share.
    op.execute(f"""
        CREATE TABLE announcements (
            {_COLUMNS}, CONSTRAINT pk_announcements PRIMARY KEY (id)
        ) WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000)
    """)
    op.execute(f"CREATE TABLE events ({_COLUMNS}, CONSTRAINT pk_events PRIMARY KEY (id))")
    op.execute("CREATE INDEX ix_events_at ON events USING brin (at)")
    op.execute("""
        CREATE TABLE event_arrears (
            event_id UUID NOT NULL,
            listener TEXT NOT NULL,
            tries INTEGER NOT NULL,
            next_try_at TIMESTAMPTZ NOT NULL,
            failure TEXT NOT NULL,
            CONSTRAINT pk_event_arrears PRIMARY KEY (event_id, listener),
            CONSTRAINT fk_event_arrears_event_id FOREIGN KEY (event_id) REFERENCES events (id)
        )
    """)
    op.execute("CREATE INDEX ix_event_arrears_next_try_at ON event_arrears (next_try_at)")


def downgrade() -> None:
    """Forget it."""
    op.execute("SET lock_timeout = '5s'")
    op.execute("DROP TABLE event_arrears")
    op.execute("DROP TABLE events")
    op.execute("DROP TABLE announcements")
