"""Migrations: run by the owner role under a lock; helpers that revisions share."""

import re
from pathlib import Path

from alembic import command, op
from alembic.config import Config
from sqlalchemy import create_engine, text
from sqlalchemy.engine import make_url
from sqlalchemy.pool import NullPool

DIRECTORY = Path(__file__).resolve().parent.parent / "migrations"
_LOCK = 5_102_026
OLDEST_SERVER = 150_000


class ServerUnfit(Exception):
    """The PostgreSQL server cannot carry this product; the message says why and what to do."""


def head() -> str:
    """Return the newest revision, kept in ``migrations/HEAD`` (a guard test keeps it true)."""
    return (DIRECTORY / "HEAD").read_text("utf-8").strip()


def config(owner_url: str, app_role: str) -> Config:
    """Return Alembic's configuration for one database."""
    settings = Config()
    settings.set_main_option("script_location", str(DIRECTORY))
    settings.attributes["owner_url"] = owner_url
    settings.attributes["app_role"] = app_role
    return settings


def upgrade(owner_url: str, app_url: str, revision: str = "head") -> None:
    """Bring a database to a revision. Two at once: the second waits and finds nothing to do."""
    engine = create_engine(owner_url, poolclass=NullPool)
    with engine.connect() as connection:
        check_server(connection.scalar(text("show server_version_num")),
                     connection.scalar(text(_LC_CTYPE)))  # fmt: skip
        connection.execute(text(f"select pg_advisory_lock({_LOCK})"))
        connection.commit()
        try:
            command.upgrade(config(owner_url, make_url(app_url).username or ""), revision)
        finally:
            connection.rollback()
            connection.execute(text(f"select pg_advisory_unlock({_LOCK})"))
            connection.commit()
    engine.dispose()


_LC_CTYPE = "select datctype from pg_database where datname = current_database()"


def check_server(version: str | None, lc_ctype: str | None) -> None:
    """Refuse servers older than 15, or whose LC_CTYPE cannot see Chinese (empty trigrams)."""
    if int(version or 0) < OLDEST_SERVER:
        raise ServerUnfit(f"PostgreSQL 15 or newer is needed; this server says {version}.")
    if lc_ctype in ("C", "POSIX"):
        raise ServerUnfit(
            f"The database's LC_CTYPE is {lc_ctype}, which does not know Chinese characters. "
            "Create it with: createdb --template=template0 --locale=C.UTF-8 NAME"
        )


def app_role() -> str:
    """Return the quoted name of the application's role, for GRANT and REVOKE in a revision."""
    role: str = op.get_context().config.attributes["app_role"]  # type: ignore[union-attr]
    return '"' + role.replace('"', '""') + '"'


def append_only(table: str) -> None:
    """Make a table append-only: by privilege for the application, by trigger for everyone."""
    op.execute(f"revoke update, delete, truncate on {table} from {app_role()}")
    op.execute(
        f"create trigger {table}_append_only before update or delete on {table} "
        "for each row execute function refuse_change()"
    )
    op.execute(
        f"create trigger {table}_no_truncate before truncate on {table} "
        "for each statement execute function refuse_change()"
    )


def admit(table: str, column: str, *values: str) -> None:
    """Admit further values of an enumerated column; those it has stay, whoever added them."""
    _list_values(table, column, [*_values_of(table, column), *values])


def refuse(table: str, column: str, *values: str) -> None:
    """Take values out of an enumerated column; fails while rows have them."""
    left = [value for value in _values_of(table, column) if value not in values]
    _list_values(table, column, left)


def _values_of(table: str, column: str) -> list[str]:
    definition = op.get_bind().scalar(
        text("SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conname = :name"),
        {"name": f"ck_{table}_{column}"},
    )
    return re.findall(r"'([a-z_]+)'", definition or "")


def _list_values(table: str, column: str, values: list[str]) -> None:
    named = ", ".join(f"'{value}'" for value in dict.fromkeys(values))
    name = f"ck_{table}_{column}"
    op.execute(f"ALTER TABLE {table} DROP CONSTRAINT {name}")
    op.execute(f"ALTER TABLE {table} ADD CONSTRAINT {name} CHECK ({column} IN ({named}))")
