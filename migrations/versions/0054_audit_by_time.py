"""The audit trail by person, by action, by thing and by time, each in the order of its pages.

Safe under load: the indexes are built concurrently on each month and only then joined to the table;
nothing is rewritten, and no entry waits.
"""

from alembic import op
from sqlalchemy import text

revision = "0054_audit_by_time"
down_revision = "0053_direct_bookings"
branch_labels = None
depends_on = None

NEW = {
    "ix_audit_entries_at_id": "(at, id)",
    "ix_audit_entries_action_at_id": "(action, at, id)",
    "ix_audit_entries_subject_id_at_id": "(subject_id, at, id)",
    "ix_audit_entries_account_id_at_id": "(account_id, at, id) WHERE account_id IS NOT NULL",
}
OLD = {"ix_audit_entries_subject_kind_subject_id_at": "(subject_kind, subject_id, at)"}


def upgrade() -> None:
    """Build the new indexes, then drop the one that they replace."""
    _build(NEW)
    _drop(OLD)


def downgrade() -> None:
    """Build the old index again."""
    _build(OLD)
    _drop(NEW)


def _build(indexes: dict[str, str]) -> None:
    months = op.get_bind().scalars(
        text(
            "SELECT inhrelid::regclass::text FROM pg_inherits "
            "WHERE inhparent = 'audit_entries'::regclass ORDER BY 1"
        )
    )
    names = list(months)
    with op.get_context().autocommit_block():
        for index, columns in indexes.items():
            # One that broke off half-way is left invalid: built again.
            op.execute(f"DROP INDEX IF EXISTS {index}")
            op.execute(f"CREATE INDEX {index} ON ONLY audit_entries {columns}")
            for month in names:
                part = f"{index.replace('ix_audit_entries', f'ix_{month}')}"
                op.execute(f"DROP INDEX CONCURRENTLY IF EXISTS {part}")
                op.execute(f"CREATE INDEX CONCURRENTLY {part} ON {month} {columns}")
                op.execute(f"ALTER INDEX {index} ATTACH PARTITION {part}")


def _drop(indexes: dict[str, str]) -> None:
    for index in indexes:
        op.execute(f"DROP INDEX {index}")
