"""Databases for tests: a template made by the migrations once, cloned as often as needed."""

import fcntl
import hashlib
import os
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import psycopg
from flask import Flask
from psycopg import sql
from sqlalchemy.engine import URL, make_url

from config.settings import Environment, Settings
from marketplace import embedded, migrating
from marketplace.app import create_app
from marketplace.database import db

ROOT = Path(__file__).resolve().parent.parent
PREFIX = "jiedui_test_"
PATIENCE_SECONDS = 120


@dataclass(frozen=True, slots=True)
class Server:
    """How the test server is reached, by the owner and by the application's role."""

    owner: URL
    app: URL


def server() -> Server:
    """Return the configured PostgreSQL, else the embedded one kept for tests."""
    if os.environ.get("DATABASE_URL") and os.environ.get("DATABASE_OWNER_URL"):
        return Server(
            make_url(os.environ["DATABASE_OWNER_URL"]), make_url(os.environ["DATABASE_URL"])
        )
    endpoints = embedded.ensure_running(ROOT, name="test-postgres", is_durable=False)
    return Server(make_url(endpoints.owner_url), make_url(endpoints.app_url))


def settings_for(app_url: URL, var_dir: Path) -> Settings:
    """Return the settings of an application under test."""
    return Settings(
        environment=Environment.TEST,
        database_url=app_url.render_as_string(hide_password=False),
        secret_key="only-for-tests-0123456789abcdef0123456789",
        sandbox_webhook_secret="only-for-tests-webhook-secret",
        sandbox_payments=True,
        rate_limit_url="off",
        var_dir=var_dir,
        public_url="http://localhost",
        bank_account_holder="示例平台",
        bank_account_no="0000000000000000",
        bank_account_bank="示例银行",
    )


@cache
def app_without_database() -> Flask:
    """Return an application to ask for its routes and its description, which need no database."""
    return create_app(
        settings_for(make_url("postgresql+psycopg://nobody@127.0.0.1:1/none"), Path("var"))
    )


@contextmanager
def _owner_connection(target: Server) -> Iterator[psycopg.Connection[tuple[object, ...]]]:
    url = target.owner.set(drivername="postgresql", database="postgres")
    with psycopg.connect(url.render_as_string(hide_password=False), autocommit=True) as connection:
        yield connection


def _fingerprint() -> str:
    """Digest of all that shapes the template: migrations and reference data."""
    digest = hashlib.sha256()
    files = sorted((ROOT / "migrations").rglob("*.py")) + sorted(ROOT.glob("p*/**/data/*.csv"))
    files += sorted(ROOT.glob("partners/*/service.py"))
    for file in [*files, ROOT / "requirements" / "runtime.txt"]:
        digest.update(file.relative_to(ROOT).as_posix().encode() + file.read_bytes())
    return digest.hexdigest()[:12]


def template(target: Server, var_dir: Path) -> str:
    """Return the name of a migrated database with reference data, made at most once a schema."""
    name = f"{PREFIX}template_{_fingerprint()}"
    (ROOT / "var").mkdir(exist_ok=True)
    with (ROOT / "var" / "test-template.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with _owner_connection(target) as connection:
            found = connection.execute("select 1 from pg_database where datname = %s", [name])
            if found.fetchone():
                return name
            stale = connection.execute(
                "select datname from pg_database where datname like %s", [f"{PREFIX}template_%"]
            ).fetchall()
            for (old,) in stale:
                _drop(connection, str(old))
            building = f"{name}_building"
            _create(connection, building, "template0")
            _fill(target, building, var_dir)
            connection.execute(
                sql.SQL("alter database {} rename to {}").format(
                    sql.Identifier(building), sql.Identifier(name)
                )
            )
    return name


def _create(connection: psycopg.Connection[tuple[object, ...]], name: str, source: str) -> None:
    _drop(connection, name)
    locale = " locale 'C.UTF-8'" if source == "template0" else ""
    # Copied file by file: half the time of writing each block to the log.
    statement = "create database {} template {} strategy file_copy" + locale
    connection.execute(
        sql.SQL(statement).format(sql.Identifier(name), sql.Identifier(source))  # type: ignore[arg-type]
    )


def _drop(connection: psycopg.Connection[tuple[object, ...]], name: str) -> None:
    statement = sql.SQL("drop database if exists {} with (force)").format(sql.Identifier(name))
    deadline = time.monotonic() + PATIENCE_SECONDS
    while True:
        try:
            connection.execute(statement)
        except (psycopg.errors.InsufficientPrivilege, psycopg.errors.ObjectInUse):
            # The server itself is at work in it (autovacuum), which its owner may not cut short.
            if time.monotonic() > deadline:
                raise
            time.sleep(0.1)
        else:
            return


def _fill(target: Server, name: str, var_dir: Path) -> None:
    app_url = target.app.set(database=name)
    owner_url = target.owner.set(database=name).render_as_string(hide_password=False)
    migrating.upgrade(owner_url, app_url.render_as_string(hide_password=False))
    app = create_app(settings_for(app_url, var_dir))
    if "load-reference" in app.cli.commands:
        result = app.test_cli_runner().invoke(args=["load-reference"], catch_exceptions=False)
        assert result.exit_code == 0, result.output
    with app.app_context():
        db.engine.dispose()


def renew(target: Server, source: str, url: URL) -> None:
    """Put a new copy of the template in the place of a database that nobody is connected to."""
    assert url.database
    with _owner_connection(target) as connection:
        _create(connection, url.database, source)


@contextmanager
def clone(target: Server, source: str) -> Iterator[tuple[URL, URL]]:
    """Make a database of its own from the template; yield the owner's and the application's URL."""
    name = f"{PREFIX}{uuid.uuid4().hex[:12]}"
    with _owner_connection(target) as connection:
        _create(connection, name, source)
    try:
        yield target.owner.set(database=name), target.app.set(database=name)
    finally:
        with _owner_connection(target) as connection:
            _drop(connection, name)
