"""The yardstick of writes: pgbench writing the rows of a purchase as plain prepared SQL.

The rows are not listed by hand, so none is forgotten: a purchase is taken step by step, what each
step left in any table is read back, and turned into INSERTs and UPDATEs. Ids, numbers and keys
are made anew each time; the rest is written as it was. The script is then run once, and must
have left as many rows in every table as the shop has.
"""

import re
import shutil
import subprocess
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg
from psycopg.rows import dict_row

from benchmarks.database import ROOT, Database, conninfo
from benchmarks.goods import (
    BUYER_PREFIX,
    COOPERATIVE_PREFIX,
    COOPERATIVES,
    PAIRED,
    PRODUCT_PREFIX,
    SKU_PREFIX,
    SKUS,
)
from benchmarks.results import Rate
from benchmarks.servers import processor_seconds

SCRIPT = ROOT / "var" / "bench" / "purchase.sql"
_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}")
# Texts that are unique to a purchase; wherever they turn up again, they are the same there.
_FRESH_TEXTS = (
    "trade_no", "order_no", "payment_no", "provider_reference", "reference", "key", "event_id",
)  # fmt: skip
# Written first to last, so that foreign keys find what they refer to.
_FIRST = ("trades", "orders", "order_lines", "payment_attempts", "sales", "decisions")
_STOCK = """UPDATE skus SET reserved = reserved + 1
WHERE cooperative_id = {owner} AND id = {sku} AND on_hand - reserved >= 1;"""

Row = dict[str, Any]


@dataclass(slots=True)
class _Table:
    name: str
    columns: dict[str, str]
    key: list[str]
    seen: dict[tuple[str, ...], Row] = field(default_factory=dict)


class _Names:
    """What stands for a value in the script: an expression over pgbench's variables."""

    def __init__(self) -> None:
        self._by_value: dict[str, str] = {}

    def add_fresh(self, value: str, *, is_uuid: bool) -> None:
        if value in self._by_value:
            return
        number = len(self._by_value)
        # Ids grow with time, like the shop's own: purchase, client, place in the purchase.
        digits = "lpad(to_hex(CAST(:n AS bigint)), 8, '0') || '-' || lpad(to_hex(CAST(:client_id AS bigint)), 4, '0')"
        tail = f"'-7000-8000-{number:012x}'"
        self._by_value[value] = (
            f"{digits} || {tail}" if is_uuid else f"'{value[:4]}{number:02d}' || {digits}"
        )

    def text(self, value: str) -> str:
        """Return a text expression for a literal, with all that changes replaced in it."""
        known = sorted(self._by_value, key=len, reverse=True)
        pattern = "|".join([*map(re.escape, known), _UUID.pattern])
        parts, at = [], 0
        for found in re.finditer(pattern, value):
            expression = self._by_value.get(found[0]) or _numbered(found[0])
            if expression is None:
                continue
            parts += [_quote(value[at : found.start()]), expression]
            at = found.end()
        parts.append(_quote(value[at:]))
        return " || ".join(part for part in parts if part != "''") or "''"


def _numbered(value: str) -> str | None:
    """Name the buyer by the client, and what the basket holds by the numbers drawn for it."""
    prefix, number = value[:24], int(value[24:], 16)
    if prefix == BUYER_PREFIX:
        return f"'{prefix}' || lpad(to_hex(CAST(:client_id AS bigint)), 12, '0')"
    slot = 1 if number % COOPERATIVES < PAIRED // 2 else 2
    drawn = {
        SKU_PREFIX: f":k{slot}",
        PRODUCT_PREFIX: f":k{slot}",
        COOPERATIVE_PREFIX: f":k{slot} % {COOPERATIVES}",
    }.get(prefix)
    if drawn is None:
        return None
    return f"'{prefix}' || lpad(to_hex(CAST({drawn} AS bigint)), 12, '0')"


def _quote(value: str) -> str:
    # A colon before a letter would begin a variable of pgbench, inside a literal too.
    return "'" + re.sub(r":(?=\w)", ":' || '", value.replace("'", "''")) + "'"


def record(database: Database, steps: Iterator[None]) -> Path:
    """Take a purchase's steps, and write the script that leaves the same rows.

    Raises RuntimeError if the script leaves others.
    """
    rows, half = SKUS // COOPERATIVES, PAIRED // 2
    lines = [
        r"\set n :n + 1",
        rf"\set k1 random(0, {rows - 1}) * {COOPERATIVES} + random(0, {half - 1})",
        rf"\set k2 random(0, {rows - 1}) * {COOPERATIVES} + random({half}, {PAIRED - 1})",
    ]
    names = _Names()
    with psycopg.connect(
        conninfo(database.owner), autocommit=True, row_factory=dict_row
    ) as connection:
        tables = _list_tables(connection)
        before = _transaction_id(connection)
        written: Counter[str] = Counter()
        for _ in steps:
            changes = _changes(connection, tables, before)
            before = _transaction_id(connection)
            written += _count_new(changes)
            lines += ["BEGIN;", *_statements(changes, names), "COMMIT;"]
        SCRIPT.parent.mkdir(parents=True, exist_ok=True)
        SCRIPT.write_text("\n".join(lines) + "\n")
        # The number before those of this second, which a run that follows at once begins with.
        _run(database, SCRIPT, _next_start() - 1, "--client=1", "--transactions=1")
        rewritten = _count_new(_changes(connection, tables, before))
    if rewritten != written:
        raise RuntimeError(f"the yardstick writes {rewritten}, the shop {written}")
    return SCRIPT


def _count_new(changes: "Sequence[_Change]") -> Counter[str]:
    """Count the rows that were inserted in each table; a SKU's are only changed, each its own."""
    return Counter(
        each.table.name for each in changes if each.earlier is None and each.table.name != "skus"
    )


def _list_tables(connection: psycopg.Connection[Row]) -> list[_Table]:
    found = connection.execute(
        """
        SELECT c.oid::regclass::text AS name,
               (SELECT jsonb_object_agg(a.attname, format_type(a.atttypid, NULL)) FROM pg_attribute a
                WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
                  AND a.attgenerated = '') AS columns,
               (SELECT array_agg(a.attname) FROM pg_index i
                JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = ANY(i.indkey)
                WHERE i.indrelid = c.oid AND i.indisprimary) AS key
        FROM pg_class c
        WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition
          AND c.relnamespace IN ('public'::regnamespace, 'sandbox'::regnamespace)
        """
    ).fetchall()
    tables = [_Table(row["name"], row["columns"], row["key"]) for row in found if row["key"]]
    return sorted(
        tables,
        key=lambda each: (
            _FIRST.index(each.name) if each.name in _FIRST else len(_FIRST),
            each.name,
        ),
    )


def _transaction_id(connection: psycopg.Connection[Row]) -> int:
    found = connection.execute("SELECT pg_current_xact_id()::text::bigint AS id").fetchone()
    assert found is not None
    return int(found["id"])


@dataclass(frozen=True, slots=True)
class _Change:
    table: _Table
    row: Row
    earlier: Row | None


def _changes(
    connection: psycopg.Connection[Row], tables: list[_Table], since: int
) -> list[_Change]:
    changes = []
    for table in tables:
        columns = ", ".join(f'"{name}"::text' for name in table.columns)
        statement = f"SELECT {columns} FROM {table.name} WHERE xmin::text::bigint >= {since}"
        for row in connection.execute(statement).fetchall():
            key = tuple(row[name] for name in table.key)
            changes.append(_Change(table, row, table.seen.get(key)))
            table.seen[key] = row
    return changes


def _statements(changes: list[_Change], names: _Names) -> list[str]:
    for change in changes:
        for name in change.table.key:
            if change.table.columns[name] == "uuid" and _numbered(change.row[name]) is None:
                names.add_fresh(change.row[name], is_uuid=True)
        for name in _FRESH_TEXTS:
            value = change.row.get(name)
            if value and not _UUID.fullmatch(value):
                names.add_fresh(value, is_uuid=False)
    statements, journal = [], {}
    by_table: dict[str, list[_Change]] = {}
    for change in changes:
        by_table.setdefault(change.table.name, []).append(change)
    for name, of_table in by_table.items():
        fresh = [change for change in of_table if change.earlier is None]
        changed = [change for change in of_table if change.earlier is not None]
        if name == "skus":
            statements += [_reserve(change, names) for change in fresh]
        elif name in ("journal_entries", "journal_postings"):
            journal[name] = _insert(fresh, names)
        elif fresh:
            statements.append(_insert(fresh, names) + ";")
        statements += [_update(change, names) for change in changed]
    if journal:
        # The balance rule sees an entry and its postings in one statement.
        entries, postings = journal["journal_entries"], journal["journal_postings"]
        statements.append(f"WITH entries AS ({entries}) {postings};")
    return statements


def _insert(changes: list[_Change], names: _Names) -> str:
    table = changes[0].table
    columns = ", ".join(f'"{name}"' for name in table.columns)
    rows = ", ".join(
        "(" + ", ".join(_value(change, name, names) for name in table.columns) + ")"
        for change in changes
    )
    return f"INSERT INTO {table.name} ({columns}) VALUES {rows}"


def _update(change: _Change, names: _Names) -> str:
    assert change.earlier is not None
    altered = [name for name in change.table.columns if change.row[name] != change.earlier[name]]
    assignments = ", ".join(f'"{name}" = {_value(change, name, names)}' for name in altered)
    condition = " AND ".join(
        f'"{name}" = {_value(change, name, names)}' for name in change.table.key
    )
    return f"UPDATE {change.table.name} SET {assignments} WHERE {condition};"


def _reserve(change: _Change, names: _Names) -> str:
    owner, sku = (_value(change, name, names) for name in ("cooperative_id", "id"))
    return _STOCK.format(owner=owner, sku=sku)


def _value(change: _Change, name: str, names: _Names) -> str:
    value, kind = change.row[name], change.table.columns[name]
    if value is None:
        return "NULL"
    if kind == "timestamp with time zone":
        return "now()"
    if kind in ("bigint", "integer", "boolean", "date"):
        return f"'{value}'::{kind}"
    return f"({names.text(value)})::{kind}"


def rate(
    database: Database, script: Path, *, clients: int, seconds: float, postmaster: int
) -> Rate:
    """Run the script from as many connections as the shop had clients."""
    used = processor_seconds(postmaster)
    options = (f"--client={clients}", "--jobs=2", f"--time={round(seconds)}")
    said = _run(database, script, _next_start(), *options)
    spent = processor_seconds(postmaster) - used
    found = re.search(r"^tps = ([0-9.]+)", said, re.MULTILINE)
    count = re.search(r"actually processed: ([0-9]+)", said)
    if found is None or count is None:
        raise RuntimeError(f"pgbench says nothing of its rate:\n{said}")
    return Rate(float(found[1]), spent * 1000 / max(int(count[1]), 1))


def _run(database: Database, script: Path, start: int, *options: str) -> str:
    """Run the script as options say, counting from a number; return what pgbench reports."""
    command = [
        _pgbench(), "--no-vacuum", "--protocol=prepared", *options,
        f"--define=n={start}", f"--file={script}", conninfo(database.app_url),
    ]  # fmt: skip
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    if done.returncode != 0:
        raise RuntimeError(f"pgbench failed:\n{done.stderr[-3000:]}")
    return done.stdout


def _next_start() -> int:
    """Count each run's purchases from a number of its own, so that no id comes twice.

    A run of some seconds stays below the start of any later one: 8,192 a second and client.
    """
    return (int(time.time()) % 2**18) * 8192


def _pgbench() -> str:
    found = shutil.which("pgbench")
    if found:
        return found
    installed = sorted(Path("/usr/lib/postgresql").glob("*/bin/pgbench"))
    if not installed:
        raise RuntimeError("B4 needs pgbench: apt-get install postgresql")
    return str(installed[-1])
