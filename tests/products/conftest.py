"""Fixtures of the product tests."""

from collections.abc import Callable, Iterator

import pytest
from sqlalchemy import Connection, event


@pytest.fixture
def count_queries(database: Connection) -> Iterator[Callable[[], int]]:
    """Return a function that tells how many statements have run so far, savepoints apart."""
    count = 0

    def note(*arguments: object) -> None:
        nonlocal count
        statement = str(arguments[2]).lstrip().upper()
        if not statement.startswith(("SAVEPOINT", "RELEASE", "ROLLBACK")):
            count += 1

    event.listen(database, "before_cursor_execute", note)
    yield lambda: count
    event.remove(database, "before_cursor_execute", note)
