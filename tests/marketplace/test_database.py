"""Transactions: the outermost block commits, an exception undoes all of it."""

import pytest
from sqlalchemy import func, select

from marketplace import audit
from marketplace.database import db, transaction
from marketplace.identity.actor import Actor
from tests.conftest import Committed


def count() -> int:
    return db.session.scalar(select(func.count()).select_from(audit.AuditEntry)) or 0


def write() -> None:
    audit.record("test", "x", "1", actor=Actor())


class TestTransaction:
    def test_commits_at_the_end_of_the_outermost_block(self, committed: Committed) -> None:
        with committed.context():
            with transaction():
                write()
                with transaction():
                    write()
                seen = committed.in_parallel(count)
            assert seen == [0]
            assert committed.in_parallel(count) == [2]

    def test_an_exception_undoes_the_whole(self, committed: Committed) -> None:
        def fail() -> None:
            with transaction():
                with transaction():
                    write()
                raise RuntimeError

        with committed.context():
            with pytest.raises(RuntimeError):
                fail()
            assert count() == 0
            with transaction():
                write()
        with committed.context():
            assert count() == 1
