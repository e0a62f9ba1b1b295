"""Prepared statements at the driver's lowest level: one call that sends, waits and receives.

The driver's cursors compose, send and receive in Python, and let other threads run in between
three times for a statement; that costs more than the statement itself. Here a text is prepared
once a connection. Values travel as texts whose types the server has inferred, so that a small and
a large number are one plan; where it cannot infer them (in a bare SELECT list) the SQL says
``%(name)s::type``.
"""

import re
from collections import namedtuple
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from typing import Any
from uuid import UUID

import psycopg
from psycopg import pq
from psycopg.adapt import Transformer
from psycopg.errors import error_from_result

_NAME = re.compile(r"%(?:\((\w+)\)s|(%))")
_DONE = (pq.ExecStatus.COMMAND_OK, pq.ExecStatus.TUPLES_OK)
_KEY = "jiedui_statements"


@dataclass(frozen=True, slots=True)
class Result:
    """The rows that came back, and how many were changed."""

    rows: list[Any]
    count: int


@dataclass(frozen=True, slots=True)
class _Sql:
    """A statement as the server reads it, and the names of its values in their order."""

    sql: bytes
    names: tuple[str, ...]


@cache
def _read(sql: str) -> _Sql:
    names: list[str] = []

    def number(found: re.Match[str]) -> str:
        if found[2]:
            return "%"
        if found[1] not in names:
            names.append(found[1])
        return f"${names.index(found[1]) + 1}"

    return _Sql(_NAME.sub(number, sql).encode(), tuple(names))


class _Statements:
    """What one connection has prepared: names on the server, and how rows are made."""

    def __init__(self, driver: psycopg.Connection[Any]) -> None:
        self.transformer = Transformer(driver)
        self.names: dict[str, bytes] = {}
        self.makers: dict[str, Callable[[Sequence[Any]], Any]] = {}


def run(
    driver: psycopg.Connection[Any],
    info: dict[Any, Any],
    sql: str,
    values: Mapping[str, Any],
    *,
    is_named: bool = True,
    is_alone: bool = False,
) -> Result:
    """Run a statement on a connection of the pool, whose own ``info`` keeps what it prepared.

    Begins a transaction unless the connection commits by itself, or the statement, which stands
    outside any, is one by itself (``is_alone``). Rows are named tuples, or plain ones. Raises the
    driver's errors.
    """
    statements: _Statements = info.get(_KEY) or info.setdefault(_KEY, _Statements(driver))
    connection, read = driver.pgconn, _read(sql)
    is_begun = is_alone or driver.autocommit
    if not is_begun and connection.transaction_status == pq.TransactionStatus.IDLE:
        _check(driver, connection.exec_(b"BEGIN"))
    name = statements.names.get(sql)
    if name is None:
        name = f"jiedui_{len(statements.names)}".encode()
        _check(driver, connection.prepare(name, read.sql))
        statements.names[sql] = name
    arguments: Any = [_encode(values[each]) for each in read.names]
    result = connection.exec_prepared(name, arguments, None, pq.Format.BINARY)
    if result.status not in _DONE:
        _check(driver, result)
    rows: list[Any] = []
    if result.ntuples:
        statements.transformer.set_pgresult(result, format=pq.Format.BINARY)
        maker = _maker(statements, sql, result) if is_named else tuple
        rows = statements.transformer.load_rows(0, result.ntuples, maker)
    return Result(rows, result.command_tuples or 0)


def _check(driver: psycopg.Connection[Any], result: Any) -> None:
    if result.status in _DONE:
        return
    if driver.closed:
        raise psycopg.OperationalError("the connection is lost")
    raise error_from_result(result)


def _maker(statements: _Statements, sql: str, result: Any) -> Callable[[Sequence[Any]], Any]:
    maker = statements.makers.get(sql)
    if maker is None:
        names = tuple(result.fname(number).decode() for number in range(result.nfields))
        maker = statements.makers[sql] = _row_class(names)
    return maker


@cache
def _row_class(names: tuple[str, ...]) -> Callable[[Sequence[Any]], Any]:
    row: Any = namedtuple("Row", names)  # type: ignore[misc]
    make: Callable[[Sequence[Any]], Any] = row._make
    return make


def _encode(value: Any) -> bytes | None:
    """Return a value in the server's own words."""
    words = _WORDS.get(type(value))
    if words is None:
        if value is None:
            return None
        words = next((each for kind, each in _WORDS.items() if isinstance(value, kind)), None)
    if words is None:
        raise TypeError(f"a statement takes no {type(value).__name__}")
    return words(value)


def _text(value: str) -> bytes:
    if "\x00" in value:
        raise psycopg.DataError("PostgreSQL text fields cannot contain NUL (0x00) bytes")
    return value.encode()


def _array(values: Iterable[Any]) -> bytes:
    return b"{" + b",".join(map(_element, values)) + b"}"


def _element(value: Any) -> bytes:
    words = _encode(value)
    if words is None:
        return b"NULL"
    if isinstance(value, str | bytes):
        return b'"' + words.replace(b"\\", b"\\\\").replace(b'"', b'\\"') + b'"'
    return words


# A truth is a number too, so it stands before numbers; an enum of texts is a text.
_WORDS: dict[type, Callable[[Any], bytes]] = {
    str: _text,
    UUID: lambda value: value.hex.encode(),
    bool: lambda value: b"t" if value else b"f",
    int: lambda value: b"%d" % value,
    datetime: lambda value: value.isoformat().encode(),
    date: lambda value: value.isoformat().encode(),
    bytes: lambda value: b"\\x" + value.hex().encode(),
    list: _array,
    tuple: _array,
    set: _array,
    frozenset: _array,
}
