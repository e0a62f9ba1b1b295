"""Statements written out: they share the session's transaction, are heard, and keep their plans."""

import pytest
from sqlalchemy import event
from sqlalchemy.engine import Connection
from sqlalchemy.exc import DBAPIError, NoResultFound

from marketplace.database import db, transaction
from marketplace.identity.models import Account
from marketplace.ids import new_id
from marketplace.statements import (
    Part,
    count_of,
    execute,
    fetch_all,
    fetch_first,
    fetch_one,
    write_together,
)
from tests.conftest import Committed

NAMED = "SELECT id, login_name FROM accounts WHERE login_name = %(name)s"
RENAME = "UPDATE accounts SET login_name = %(to)s WHERE login_name = %(name)s"


def add_account(name: str) -> None:
    db.session.add(Account(id=new_id(), login_name=name, password_hash="-"))


class TestFetch:
    def test_binds_by_name_and_names_the_columns(self) -> None:
        (row,) = fetch_all("SELECT %(a)s::int + 1 AS more, %(b)s AS words", {"a": 1, "b": "茶'--"})
        assert (row.more, row.words) == (2, "茶'--")

    def test_sees_what_the_session_has_not_sent_yet(self) -> None:
        add_account("unsent")
        assert fetch_one(NAMED, {"name": "unsent"}).login_name == "unsent"

    def test_a_missing_row_is_none_or_raises(self) -> None:
        assert fetch_first(NAMED, {"name": "nobody"}) is None
        with pytest.raises(NoResultFound):
            fetch_one(NAMED, {"name": "nobody"})

    def test_fails_as_the_session_does(self) -> None:
        with pytest.raises(DBAPIError):
            fetch_one("SELECT 1 / %(zero)s AS never", {"zero": 0})

    def test_listeners_hear_of_it(self, database: Connection) -> None:
        heard: list[str] = []

        def note(_: object, __: object, statement: str, *rest: object) -> None:
            heard.append(statement)

        event.listen(database, "before_cursor_execute", note)
        try:
            assert fetch_one("SELECT %(a)s AS same", {"a": "x"}).same == "x"
        finally:
            event.remove(database, "before_cursor_execute", note)
        assert heard[-1].startswith("SELECT %(a)s")


class TestWithinASavepoint:
    def test_begins_it_though_the_transaction_has_run_statements(self) -> None:
        add_account("before")
        assert fetch_one(NAMED, {"name": "before"})
        savepoint = db.session.begin_nested()
        execute(RENAME, {"name": "before", "to": "never"})
        savepoint.rollback()
        assert execute(RENAME, {"name": "before", "to": "after"}) == 1

    def test_goes_on_in_the_next_transaction(self, committed: Committed) -> None:
        with committed.context():
            for name in ("first", "second"):
                with transaction():
                    add_account(name)
                    assert fetch_one(NAMED, {"name": name})
            assert fetch_one(NAMED, {"name": "first"})


class TestExecute:
    def test_counts_the_rows_it_changed(self) -> None:
        add_account("before")
        assert execute(RENAME, {"name": "before", "to": "after"}) == 1
        assert execute(RENAME, {"name": "before", "to": "after"}) == 0


class TestWriteTogether:
    def test_sends_parts_as_one_and_tells_of_each(self) -> None:
        add_account("one")
        add_account("two")
        parts = [
            Part(
                f"{name} AS (UPDATE accounts SET login_name = %({name}_to)s"
                f" WHERE login_name = %({name}_of)s RETURNING id)",
                {f"{name}_to": to, f"{name}_of": of},
                count_of(name),
            )
            for name, of, to in (("first", "one", "1"), ("second", "nobody", "2"))
        ]
        told = write_together(*parts)
        assert (told.first, told.second) == (1, 0)
        assert fetch_one(NAMED, {"name": "1"}).login_name == "1"


class TestConnections:
    def test_keep_their_plans_through_a_rollback(self, committed: Committed) -> None:
        prepared = "SELECT count(*) AS n FROM pg_prepared_statements WHERE statement LIKE %(like)s"
        with committed.context():
            fetch_first(NAMED, {"name": "nobody"})
            db.session.rollback()
            assert fetch_one(prepared, {"like": "SELECT id, login_name%"}).n == 1

    def test_a_lost_one_fails_once_and_is_replaced(self, committed: Committed) -> None:
        with committed.context():
            assert fetch_one("SELECT 1 AS one", {}).one == 1
            db.session.rollback()
            committed.cut_connections()
            with pytest.raises(DBAPIError), transaction():
                fetch_one("SELECT 1 AS one", {})
            with transaction():
                assert fetch_one("SELECT 1 AS one", {}).one == 1
