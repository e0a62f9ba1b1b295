"""Database statements that a request of the hot routes takes, counted inside the application."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from unittest import mock

import psycopg
from flask.testing import FlaskClient

from benchmarks.database import Database
from benchmarks.goods import NANJIANG, PRODUCT_PREFIX, numbered
from benchmarks.results import Result
from marketplace import prepared


def count_queries(database: Database) -> list[Result]:
    """Return how many statements a list page and a product take."""
    client = database.app.test_client()
    reads = {
        "list page": f"/api/v1/products?region={NANJIANG}",
        "product": f"/api/v1/products/{numbered(PRODUCT_PREFIX, 0)}",
    }
    return [_count(client, name, path) for name, path in reads.items()]


def _count(client: FlaskClient, name: str, path: str) -> Result:
    for _ in range(3):  # the first requests of a process open connections and fill its caches
        client.get(path)
    with _counting() as counted:
        answer = client.get(path)
    if answer.status_code != 200:
        raise RuntimeError(f"{path}: {answer.status_code}")
    return Result(name=f"queries: {name}", value=len(counted), unit="statements")


@contextmanager
def _counting() -> Iterator[list[str]]:
    """Note every statement that goes to the database, by whatever way."""
    counted: list[str] = []
    execute, run = psycopg.Cursor.execute, prepared.run

    def note(cursor: Any, query: Any, *arguments: Any, **options: Any) -> Any:
        counted.append(str(query))
        return execute(cursor, query, *arguments, **options)

    def note_prepared(driver: Any, info: Any, sql: str, *arguments: Any, **options: Any) -> Any:
        counted.append(sql)
        return run(driver, info, sql, *arguments, **options)

    with (
        mock.patch.object(psycopg.Cursor, "execute", note),
        mock.patch.object(prepared, "run", note_prepared),
    ):
        yield counted
