"""Fixtures of the product tests."""

from collections.abc import Callable, Iterator

import pytest
from sqlalchemy import Connection, event


@pytest.fixture
def count_queries(database: Connection) -> Iterator[Callable[[], int]]:
    """Return a function that tells how many statements have run so far.

    Savepoints are the test's own; the region tree looks every few seconds whether it is current.
    """
    count = 0

    def note(*arguments: object) -> None:
        nonlocal count
        statement = str(arguments[2]).lstrip().upper()
        is_own = statement.startswith(("SAVEPOINT", "RELEASE", "ROLLBACK"))
        if not is_own and "REFERENCE_VERSIONS" not in statement:
            count += 1

    event.listen(database, "before_cursor_execute", note)
    yield lambda: count
    event.remove(database, "before_cursor_execute", note)
