"""The sandbox's own way to PostgreSQL: its own engine and transactions, in its own schema.

An outside provider cannot share a transaction with the shop, so this one does not either: what
it committed stands although the shop rolls back, and the other way round.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from flask import Flask, current_app
from sqlalchemy import Connection, Engine, create_engine

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
        pool_size=4,
        max_overflow=8,
        pool_timeout=5,
        pool_use_lifo=True,
        connect_args={"connect_timeout": 3, "options": "-c statement_timeout=5000"},
    )


@contextmanager
def own_transaction() -> Iterator[Connection]:
    """A transaction of the provider's own."""
    with _engine().begin() as connection:
        yield connection


@contextmanager
def own_statement() -> Iterator[Connection]:
    """A connection for a single statement, which is a transaction by itself."""
    engine = _engine().execution_options(isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        yield connection


def dispose(app: Flask) -> None:
    """Close the provider's connections (at the end of a test)."""
    engine: Engine | None = app.extensions.pop(EXTENSION, None)
    if engine is not None:
        engine.dispose()
