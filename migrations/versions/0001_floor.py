"""The floor: privileges of the application's role, audit trail, idempotency keys.

Safe under load: creates new objects only. Partitions of the audit trail are made by the owner
role ahead of time (``audit_partitions``), so that the application never needs DDL.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from marketplace.migrating import app_role

revision = "0001_floor"
down_revision = None
branch_labels = None
depends_on = None

AUDIT_MONTHS = """
create function ensure_audit_partitions(months_ahead integer) returns void
language plpgsql security definer set search_path = public, pg_temp as $$
declare
  month date := date_trunc('month', now() at time zone 'Asia/Shanghai')::date;
  name text;
begin
  for i in 0..months_ahead loop
    name := 'audit_entries_' || to_char(month, 'YYYY_MM');
    if to_regclass(name) is null then
      execute format(
        'create table %I partition of audit_entries for values from (%L) to (%L)',
        name, month::timestamp at time zone 'Asia/Shanghai',
        (month + interval '1 month') at time zone 'Asia/Shanghai');
      execute format('revoke update, delete, truncate on %I from APP_ROLE', name);
    end if;
    month := month + interval '1 month';
  end loop;
end $$
"""

REFUSE = """
create function refuse_change() returns trigger language plpgsql as $$
begin
  raise exception '% is append-only: % refused', tg_table_name, tg_op
    using errcode = 'restrict_violation';
end $$
"""


def upgrade() -> None:
    """Create extensions, privileges, the audit trail and idempotency keys."""
    op.execute("create extension if not exists btree_gist")
    op.execute("create extension if not exists pg_trgm")
    role = app_role()
    op.execute(f"grant usage on schema public to {role}")
    op.execute(f"grant select on alembic_version to {role}")
    op.execute(
        "alter default privileges in schema public "
        f"grant select, insert, update, delete on tables to {role}"
    )
    op.execute(f"alter default privileges in schema public grant usage on sequences to {role}")
    op.execute(REFUSE)

    op.create_table(
        "audit_entries",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("account_id", sa.Uuid()),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("subject_kind", sa.Text(), nullable=False),
        sa.Column("subject_id", sa.Text(), nullable=False),
        sa.Column("before", postgresql.JSONB()),
        sa.Column("after", postgresql.JSONB()),
        sa.Column("address", sa.Text()),
        sa.Column("request_id", sa.Text()),
        sa.PrimaryKeyConstraint("id", "at", name="pk_audit_entries"),
        postgresql_partition_by="RANGE (at)",
    )
    op.create_index(
        "ix_audit_entries_subject_kind_subject_id_at",
        "audit_entries",
        ["subject_kind", "subject_id", "at"],
    )
    op.execute(f"revoke update, delete, truncate on audit_entries from {role}")
    op.execute(
        "create trigger audit_entries_append_only before update or delete on audit_entries "
        "for each row execute function refuse_change()"
    )
    # Entries of a month that nobody prepared, or of a clock an hour off, are still kept.
    op.execute("create table audit_entries_rest partition of audit_entries default")
    op.execute(f"revoke update, delete, truncate on audit_entries_rest from {role}")
    op.execute(AUDIT_MONTHS.replace("APP_ROLE", role.replace("'", "''")))
    op.execute("select ensure_audit_partitions(3)")
    op.execute("revoke execute on function ensure_audit_partitions(integer) from public")
    op.execute(f"grant execute on function ensure_audit_partitions(integer) to {role}")

    op.create_table(
        "idempotency_keys",
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("fingerprint", sa.LargeBinary(), nullable=False),
        sa.Column("status", sa.BigInteger()),
        sa.Column("body", sa.Text()),
        sa.Column("content_type", sa.Text()),
        sa.Column("location", sa.Text()),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("account_id", "key", name="pk_idempotency_keys"),
    )
    op.create_index("ix_idempotency_keys_created_at", "idempotency_keys", ["created_at"])


def downgrade() -> None:
    """Remove it again."""
    op.drop_table("idempotency_keys")
    op.execute("drop function ensure_audit_partitions(integer)")
    op.drop_table("audit_entries")
    op.execute("drop function refuse_change()")
    role = app_role()
    op.execute(f"revoke select on alembic_version from {role}")
    op.execute(
        "alter default privileges in schema public "
        f"revoke select, insert, update, delete on tables from {role}"
    )
    op.execute(f"alter default privileges in schema public revoke usage on sequences from {role}")
    op.execute(f"revoke usage on schema public from {role}")
    op.execute("drop extension pg_trgm")
    op.execute("drop extension btree_gist")
