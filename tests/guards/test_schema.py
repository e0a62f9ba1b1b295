"""Rules of the database schema: models and migrations agree, keys are indexed, money is bigint."""

import re
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from flask import Flask
from sqlalchemy import BigInteger, Connection, DateTime, create_engine, inspect, text
from sqlalchemy.pool import NullPool

from marketplace import capabilities, migrating
from marketplace.database import Model
from tests import databases

for _name in ("models", "audit", "idempotency"):
    capabilities.modules(_name)

TABLES = sorted(Model.metadata.tables.values(), key=lambda table: table.name)


def _is_ours(_object: object, name: str | None, kind: str, _reflected: bool, _to: object) -> bool:
    ours = name is None or not name.startswith(("procrastinate", "alembic_version"))
    return ours and not (kind == "table" and bool(re.search(r"_\d{4}_\d{2}$|_rest$", name or "")))


class TestMigrations:
    def test_are_one_line_that_ends_at_head(self) -> None:
        script = ScriptDirectory(str(migrating.DIRECTORY))
        assert script.get_heads() == [migrating.head()]
        revisions = [revision.revision for revision in script.walk_revisions()]
        files = sorted(p.stem for p in (migrating.DIRECTORY / "versions").glob("*.py"))
        assert sorted(revisions) == files

    def test_say_whether_they_are_safe_under_load(self) -> None:
        silent = [
            path.name
            for path in Path(migrating.DIRECTORY / "versions").glob("*.py")
            if "Safe under load" not in path.read_text(encoding="utf-8")
        ]
        assert silent == []

    def test_match_the_models(self, owner_connection: Connection) -> None:
        context = MigrationContext.configure(
            owner_connection, opts={"include_object": _is_ours, "compare_type": True}
        )
        assert compare_metadata(context, Model.metadata) == []

    def test_downgrade_to_nothing_and_up_again(
        self, server: databases.Server, template: str
    ) -> None:
        with databases.clone(server, template) as (owner_url, app_url):
            owner = owner_url.render_as_string(hide_password=False)
            config = migrating.config(owner, app_url.username or "")
            command.downgrade(config, "base")
            engine = create_engine(owner, poolclass=NullPool)
            with engine.connect() as connection:
                left = inspect(connection).get_table_names()
                functions = connection.scalars(
                    text(
                        "select proname from pg_proc p where pronamespace = 'public'::regnamespace "
                        "and not exists (select from pg_depend d where d.objid = p.oid "
                        "and d.deptype = 'e')"
                    )
                ).all()
            engine.dispose()
            assert left == ["alembic_version"]
            assert functions == []
            command.upgrade(config, "head")


class TestTables:
    @pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
    def test_amounts_are_bigint_and_instants_aware(self, table: object) -> None:
        for column in table.columns:  # type: ignore[attr-defined]
            if column.name.endswith("_fen"):
                assert isinstance(column.type, BigInteger), column
            if isinstance(column.type, DateTime):
                assert column.type.timezone, column
                assert column.name.endswith("_at") or column.name == "at", column

    def test_every_foreign_key_is_indexed(self, owner_connection: Connection) -> None:
        unindexed = owner_connection.execute(
            text("""
            select c.conrelid::regclass::text, c.conname from pg_constraint c
            where c.contype = 'f' and c.conparentid = 0
              and c.connamespace = 'public'::regnamespace
              and c.conrelid::regclass::text not like 'procrastinate%'
              and not exists (
                select from pg_index i where i.indrelid = c.conrelid
                and (i.indkey::int2[])[0:cardinality(c.conkey) - 1] @> c.conkey)
            """)
        ).all()
        assert [tuple(row) for row in unindexed] == []

    def test_the_application_owns_nothing(self, owner_connection: Connection) -> None:
        owners = owner_connection.scalars(
            text("select distinct tableowner from pg_tables where schemaname = 'public'")
        ).all()
        role = owner_connection.scalar(text("select current_user"))
        assert owners == [role]


class TestAuditEntries:
    def test_refuse_change_by_the_application(self, app: Flask, database: Connection) -> None:
        for statement in (
            "update audit_entries set action = 'x'",
            "delete from audit_entries",
            "truncate audit_entries",
        ):
            savepoint = database.begin_nested()
            with pytest.raises(Exception, match="permission denied"):
                database.execute(text(statement))
            savepoint.rollback()
