"""The sandbox's own way to PostgreSQL: its own engine and transactions, in its own schema.

An outside provider cannot share a transaction with the shop, so this one does not either: what
it committed stands although the shop rolls back, and the other way round.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from flask import Flask, current_app
from sqlalchemy import Connection, Engine, create_engine
from sqlalchemy.exc import DBAPIError

from marketplace import prepared
from marketplace.statements import keep_prepared

EXTENSION = "sandbox_engine"
# Two threads that find no engine must not make one each: the loser's connections stay open.
_first = threading.Lock()


def _engine() -> Engine:
    engine: Engine | None = current_app.extensions.get(EXTENSION)
    if engine is None:
        with _first:
            engine = current_app.extensions.get(EXTENSION)
            if engine is None:
                engine = current_app.extensions[EXTENSION] = _make_engine()
    return engine


def _make_engine() -> Engine:
    return create_engine(
        current_app.config["SETTINGS"].database_url,
        # As many as a worker has threads: what is opened beyond is closed after one use.
        pool_size=8,
        max_overflow=4,
        pool_timeout=5,
        pool_use_lifo=True,
        pool_events=[(keep_prepared, "connect")],
        connect_args={"connect_timeout": 3, "options": "-c statement_timeout=5000"},
    )


@contextmanager
def own_transaction() -> Iterator[Connection]:
    """A transaction of the provider's own."""
    with _engine().begin() as connection:
        yield connection


def own_statement(sql: str, values: dict[str, Any]) -> Any | None:
    """Run a single statement, a transaction by itself; return its first row, None without one.

    ``%(name)s`` in the text takes ``values["name"]``. Past the engine's own machinery, because
    every sale that is paid here opens a payment.
    """
    engine = _engine()
    pooled = engine.raw_connection()
    driver: psycopg.Connection[Any] = pooled.driver_connection  # type: ignore[assignment]
    try:
        rows = prepared.run(driver, pooled.info, sql, values, is_alone=True).rows
    except BaseException as error:
        # Whatever went wrong, this connection is not used again.
        pooled.invalidate(error)
        if isinstance(error, psycopg.Error):
            raise DBAPIError.instance(
                sql, None, error, psycopg.Error, dialect=engine.dialect
            ) from error
        raise
    finally:
        pooled.close()
    return rows[0] if rows else None


def dispose(app: Flask) -> None:
    """Close the provider's connections (at the end of a test)."""
    engine: Engine | None = app.extensions.pop(EXTENSION, None)
    if engine is not None:
        engine.dispose()
