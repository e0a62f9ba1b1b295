"""SQL written out, for the statements that every sale passes: past the ORM, prepared at once.

Built and run by the session a statement takes 120 to 370 µs of processor time, written out and
given to the driver 35. They run on the session's connection, in its transaction, and see what
the session has written. ``%(name)s`` in the text takes ``values["name"]``; values and columns
are the driver's own types, so an enum's column comes as its text.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import psycopg
from psycopg._preparing import PrepareManager
from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError, NoResultFound
from sqlalchemy.orm import Session, SessionTransaction

from marketplace import prepared
from marketplace.database import db
from marketplace.prepared import Result

Values = Mapping[str, Any]

_KEPT = "connection_of_transaction"


def fetch_all(sql: str, values: Values) -> list[Any]:
    """Run a statement; return its rows as named tuples."""
    return _run(sql, values).rows


def fetch_first(sql: str, values: Values) -> Any | None:
    """Run a statement; return its first row as a named tuple, None if there is none."""
    rows = _run(sql, values).rows
    return rows[0] if rows else None


def fetch_one(sql: str, values: Values) -> Any:
    """Run a statement that always has a row; return it as a named tuple."""
    rows = _run(sql, values).rows
    if not rows:
        raise NoResultFound
    return rows[0]


def execute(sql: str, values: Values) -> int:
    """Run a statement that returns nothing; return how many rows it changed."""
    return _run(sql, values).count


@dataclass(frozen=True, slots=True)
class Part:
    """What one capability writes, as common table expressions, to be sent with others' as one.

    Parts must not depend on each other: all of them see the tables as they were before. Names
    of expressions and values carry the capability's own prefix. ``told``: what comes back of it, a
    column of the one row, such as ``count_of`` an expression.
    """

    expressions: str
    values: Values
    told: str


def count_of(expression: str) -> str:
    """Return the column that counts an expression's rows, under its name."""
    return f"(SELECT count(*) FROM {expression}) AS {expression}"  # noqa: S608 - our own names


def write_together(*parts: Part) -> Any:
    """Send the parts in one statement, written in their order; return what they tell, as a row."""
    values: dict[str, Any] = {}
    for part in parts:
        values |= part.values
    sql = _joined(tuple(part.expressions for part in parts), tuple(part.told for part in parts))
    return fetch_one(sql, values)


@cache
def _joined(expressions: tuple[str, ...], told: tuple[str, ...]) -> str:
    return f"WITH {', '.join(expressions)} SELECT {', '.join(told)}"


def _run(sql: str, values: Values) -> Result:
    session: Session = db.session()
    session.flush()
    connection = _connection_of(session)
    if connection.dispatch.before_cursor_execute:
        # Somebody listens to statements: they are sent where they can be heard.
        heard = connection.exec_driver_sql(sql, dict(values))
        return Result(list(heard) if heard.returns_rows else [], heard.rowcount)
    pooled = connection.connection
    driver: psycopg.Connection[Any] = pooled.driver_connection  # type: ignore[assignment]
    try:
        return prepared.run(driver, pooled.info, sql, values)
    except psycopg.Error as error:
        raise _wrapped(connection, driver, error, sql) from error


def _connection_of(session: Session) -> Connection:
    """Return the session's connection; kept for its transaction, because asking costs more than
    most of these statements.
    """
    # A savepoint begins when the connection is asked for in it: then the session is asked.
    if session.in_nested_transaction():
        return session.connection()
    current = session.get_transaction()
    kept: tuple[SessionTransaction | None, Connection] | None = session.info.get(_KEPT)
    if kept is not None and kept[0] is current and current is not None and current.is_active:
        return kept[1]
    connection = session.connection()
    session.info[_KEPT] = (session.get_transaction(), connection)
    return connection


def _wrapped(
    connection: Connection, driver: psycopg.Connection[Any], error: psycopg.Error, sql: str
) -> BaseException:
    """Return the driver's error as the session raises it; a lost connection leaves the pool."""
    if driver.closed:
        connection.invalidate(error)
        # The server was restarted or is gone: the others in the pool are as dead.
        connection.engine.dispose()
    return DBAPIError.instance(sql, None, error, psycopg.Error, dialect=connection.dialect)


class LastingStatements(PrepareManager):
    """Keeps prepared statements through a ROLLBACK, which ends every request that only read.

    The driver gives them all up then, lest a table made in the transaction be named in one. The
    application's role makes no tables; without this, every page would plan its statements anew.
    """

    def clear(self) -> bool:
        """Keep them."""
        return False


def keep_prepared(driver: psycopg.Connection[Any], *_: Any) -> None:
    """Let a new connection keep its prepared statements (listens to the pool's connections)."""
    driver._prepared = LastingStatements()
