"""A database of its own for the benchmarks, on the configured server or an embedded one."""

import hashlib
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg
from flask import Flask
from psycopg import sql
from sqlalchemy.engine import URL, make_url

from config.settings import Environment, Settings
from marketplace import embedded, migrating, reading
from marketplace.app import create_app
from marketplace.database import db
from orders.payments.sandbox import database as sandbox

ROOT = Path(__file__).resolve().parent.parent
NAME = "jiedui_bench"
SECRET_KEY = "only-for-benchmarks-0123456789abcdef"  # noqa: S105 - guards nothing
WEBHOOK_SECRET = "only-for-benchmarks-webhooks"  # noqa: S105 - guards nothing


# Loads data; given a function that tells the planner about it, as autovacuum would in a minute.
Fill = Callable[[Callable[[], None]], None]


@dataclass(frozen=True, slots=True)
class Database:
    """How the benchmark's database is reached, and an application bound to it."""

    owner: URL
    app_url: URL
    app: Flask

    def environment(self) -> dict[str, str]:
        """Return the environment in which servers of this database run."""
        return os.environ | {
            "JIEDUI_ENV": "test",
            "DATABASE_URL": text_of(self.app_url),
            "SECRET_KEY": SECRET_KEY,
            "SANDBOX_WEBHOOK_SECRET": WEBHOOK_SECRET,
            "SANDBOX_PAYMENTS": "1",
            "RATE_LIMIT_URL": "off",
            "LOG_LEVEL": "WARNING",
            "VAR_DIR": str(ROOT / "var" / "bench"),
        }

    def postmaster(self) -> int:
        """Return the process id of a server on this machine."""
        with psycopg.connect(conninfo(self.owner)) as connection:
            backend = connection.info.backend_pid
            return int(
                Path(f"/proc/{backend}/stat").read_text("utf-8").rpartition(")")[2].split()[1]
            )


def text_of(url: URL) -> str:
    """Return a URL with its password, for the environment."""
    return url.render_as_string(hide_password=False)


def conninfo(url: URL) -> str:
    """Return a URL as libpq and pgbench read it."""
    return text_of(url.set(drivername="postgresql"))


@contextmanager
def prepared(fill: Fill, *, is_kept: bool = False) -> Iterator[Database]:
    """Make the database with schema, reference data and what ``fill`` loads; drop it in the end.

    ``is_kept``: leave it for the next run, which then starts at once.
    """
    owner, app_url = (url.set(database=NAME) for url in _server())
    admin = owner.set(database="postgres")
    is_there = is_kept and _comment(owner) == _fingerprint()
    if not is_there:
        _drop(admin)
        with psycopg.connect(conninfo(admin), autocommit=True) as connection:
            create = sql.SQL("create database {} template template0 locale 'C.UTF-8'")
            connection.execute(create.format(sql.Identifier(NAME)))
        migrating.upgrade(text_of(owner), text_of(app_url))
    app = create_app(_settings(app_url))
    if not is_there:
        _fill(app, owner, fill)
        with psycopg.connect(conninfo(owner), autocommit=True) as connection:
            comment = sql.SQL("comment on database {} is {}")
            connection.execute(comment.format(sql.Identifier(NAME), sql.Literal(_fingerprint())))
    try:
        yield Database(owner, app_url, app)
    finally:
        with app.app_context():
            db.engine.dispose()
        sandbox.dispose(app)
        reading.dispose(app)
        if not is_kept:
            _drop(admin)


def _fill(app: Flask, owner: URL, fill: Fill) -> None:
    result = app.test_cli_runner().invoke(args=["load-reference"], catch_exceptions=False)
    if result.exit_code != 0:
        raise RuntimeError(result.output)

    def analyze() -> None:
        # By the owner: the application's role may not, and would only be warned.
        with psycopg.connect(conninfo(owner), autocommit=True) as connection:
            connection.execute("vacuum analyze")

    with app.app_context():
        fill(analyze)


def _fingerprint() -> str:
    """Digest what a kept database was made by; another schema or catalogue needs another one."""
    digest = hashlib.sha256()
    for file in [*sorted((ROOT / "migrations").rglob("*.py")), ROOT / "benchmarks" / "goods.py"]:
        digest.update(file.read_bytes())
    return digest.hexdigest()[:16]


def _comment(owner: URL) -> str | None:
    try:
        with psycopg.connect(conninfo(owner)) as connection:
            found = connection.execute(
                "select shobj_description(oid, 'pg_database') from pg_database "
                "where datname = current_database()"
            ).fetchone()
            return None if found is None else found[0]
    except psycopg.OperationalError:
        return None


def _server() -> tuple[URL, URL]:
    if os.environ.get("DATABASE_URL") and os.environ.get("DATABASE_OWNER_URL"):
        return make_url(os.environ["DATABASE_OWNER_URL"]), make_url(os.environ["DATABASE_URL"])
    endpoints = embedded.ensure_running(ROOT, name="bench-postgres")
    return make_url(endpoints.owner_url), make_url(endpoints.app_url)


def _settings(app_url: URL) -> Settings:
    return Settings(
        environment=Environment.TEST,
        database_url=text_of(app_url),
        secret_key=SECRET_KEY,
        sandbox_webhook_secret=WEBHOOK_SECRET,
        sandbox_payments=True,
        rate_limit_url="off",
        var_dir=ROOT / "var" / "bench",
        statement_timeout_ms=600_000,
    )


def _drop(admin: URL) -> None:
    with psycopg.connect(conninfo(admin), autocommit=True) as connection:
        connection.execute(
            sql.SQL("drop database if exists {} with (force)").format(sql.Identifier(NAME))
        )
