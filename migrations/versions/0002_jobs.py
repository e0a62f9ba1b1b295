"""The job queue: procrastinate's own schema, at the version that the lock file pins.

Safe under load: creates new objects only.
"""

from alembic import op
from procrastinate.schema import SchemaManager

revision = "0002_jobs"
down_revision = "0001_floor"
branch_labels = None
depends_on = None

OBJECTS = """
do $$
declare one record;
begin
  for one in select oid::regprocedure::text as name from pg_proc
    where pronamespace = 'public'::regnamespace and proname like 'procrastinate%' loop
    execute 'drop function ' || one.name || ' cascade';
  end loop;
  for one in select oid::regclass::text as name from pg_class
    where relnamespace = 'public'::regnamespace and relkind = 'r'
    and relname like 'procrastinate%' loop
    execute 'drop table if exists ' || one.name || ' cascade';
  end loop;
  for one in select oid::regtype::text as name from pg_type
    where typnamespace = 'public'::regnamespace and typname like 'procrastinate%'
    and typtype in ('e', 'c') loop
    execute 'drop type if exists ' || one.name || ' cascade';
  end loop;
end $$
"""


def upgrade() -> None:
    """Create the queue's tables, types and functions."""
    op.get_bind().exec_driver_sql(SchemaManager.get_schema().replace("%", "%%"))


def downgrade() -> None:
    """Remove them again."""
    op.get_bind().exec_driver_sql(OBJECTS.replace("%", "%%"))
