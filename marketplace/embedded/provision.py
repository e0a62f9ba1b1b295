"""What a new server gets before anyone else connects: roles, extensions and the database."""

from __future__ import annotations

from typing import LiteralString

import psycopg
from psycopg import sql

from marketplace.embedded.cluster import Memory

ADMIN = "jiedui_admin"
OWNER = "jiedui_owner"
APP = "jiedui_app"
DATABASE = "jiedui"
# In template1, from which every later database has them.
EXTENSIONS = ("btree_gist", "pg_trgm")


def provision(conninfo: str, memory: Memory) -> None:
    """Make what is missing; safe to run again after it was cut off half-way."""
    with psycopg.connect(conninfo, dbname="postgres", autocommit=True) as connection:
        _make_role(connection, OWNER, memory.owner_password, "LOGIN CREATEDB")
        _make_role(connection, APP, memory.app_password, "LOGIN")
        # The owner drops test databases that sessions of the application still hold open.
        _execute(connection, "GRANT {} TO {}", APP, OWNER)
    with psycopg.connect(conninfo, dbname="template1", autocommit=True) as connection:
        for extension in EXTENSIONS:
            _execute(connection, "CREATE EXTENSION IF NOT EXISTS {}", extension)
    with psycopg.connect(conninfo, dbname="postgres", autocommit=True) as connection:
        known = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE])
        if known.fetchone() is None:
            _execute(connection, "CREATE DATABASE {} OWNER {}", DATABASE, OWNER)


def _make_role(
    connection: psycopg.Connection, name: str, password: str, rights: LiteralString
) -> None:
    known = connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [name]).fetchone()
    if known is None:
        _execute(connection, "CREATE ROLE {}", name)
    # The verifier goes over, not the password, which a failing statement would leave in the log.
    verifier = connection.pgconn.encrypt_password(
        password.encode(), name.encode(), b"scram-sha-256"
    )
    connection.execute(
        sql.SQL("ALTER ROLE {} WITH {} PASSWORD {}").format(
            sql.Identifier(name), sql.SQL(rights), sql.Literal(verifier.decode())
        )
    )


def _execute(connection: psycopg.Connection, statement: LiteralString, *names: str) -> None:
    connection.execute(sql.SQL(statement).format(*map(sql.Identifier, names)))
