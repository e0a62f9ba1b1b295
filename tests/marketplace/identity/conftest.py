"""What the tests of identity share: the codes that were sent, and the statements that were run."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

import pytest
from sqlalchemy import Connection, event, select

from marketplace.audit import AuditEntry
from marketplace.database import db
from marketplace.identity import senders
from marketplace.identity.codes import MadeCode

PASSING = ("SAVEPOINT", "RELEASE", "ROLLBACK", "BEGIN", "COMMIT")


class Outbox:
    """What the sender of codes was given."""

    def __init__(self) -> None:
        self.sent: list[MadeCode] = []

    @property
    def code(self) -> str:
        return self.sent[-1].code


@pytest.fixture
def outbox(monkeypatch: pytest.MonkeyPatch) -> Outbox:
    box = Outbox()
    monkeypatch.setattr(senders.ConsoleSender, "send", lambda self, made: box.sent.append(made))
    return box


@pytest.fixture
def statements(database: Connection) -> Callable[[], AbstractContextManager[list[str]]]:
    """Collect the statements that a block runs, savepoints aside."""

    @contextmanager
    def collect() -> Iterator[list[str]]:
        seen: list[str] = []

        def note(conn: Any, cursor: Any, statement: str, *rest: Any) -> None:
            if not statement.startswith(PASSING):
                seen.append(statement)

        event.listen(database, "before_cursor_execute", note)
        try:
            yield seen
        finally:
            event.remove(database, "before_cursor_execute", note)

    return collect


def audited(action: str) -> list[AuditEntry]:
    """The audit rows of one kind of deed, oldest first."""
    statement = (
        select(AuditEntry).where(AuditEntry.action == action).order_by(AuditEntry.at, AuditEntry.id)
    )
    return list(db.session.scalars(statement))
