"""The book of pairings in each process: always what the database holds, for one query."""

from datetime import date

import pytest
from sqlalchemy import event

from marketplace.database import db, transaction
from partners.pairings import queries, service
from partners.pairings.errors import PairingUnknown
from tests.conftest import Committed
from tests.factories.partners import PLATFORM_ADMIN, make_pairing

ON = date(2026, 6, 1)


def eastern_ends() -> list[str]:
    return [entry.east_code for entry in queries.candidates("652925", "331121", ON)]


class TestCurrentBook:
    def test_costs_one_query_when_nothing_changed(self) -> None:
        book = queries.current_book()
        statements: list[str] = []
        connection = db.session.connection()

        def note(*args: object) -> None:
            statements.append(str(args[2]))

        event.listen(connection, "before_cursor_execute", note)
        try:
            assert queries.current_book() is book
        finally:
            event.remove(connection, "before_cursor_execute", note)
        assert len(statements) == 1
        assert "reference_versions" in statements[0]

    def test_forgets_what_was_rolled_back(self) -> None:
        with db.session.begin_nested() as savepoint:
            make_pairing()
            assert eastern_ends() == ["331121", "331100"]
            savepoint.rollback()
        assert eastern_ends() == ["331100"]

    def test_shows_a_change_to_other_sessions_once_it_is_committed(
        self, committed: Committed
    ) -> None:
        with committed.context():
            assert eastern_ends() == ["331100"]
            db.session.rollback()
            with committed.context(), transaction():
                added_id = make_pairing().id
            assert eastern_ends() == ["331121", "331100"]
            db.session.rollback()
            with committed.context(), transaction():
                row = queries.lock_pairing(added_id)
                service.end_pairing(
                    PLATFORM_ADMIN, row, valid_to=date(2026, 5, 31), document="终止文件"
                )
            assert eastern_ends() == ["331100"]

    def test_shows_no_change_before_it_is_committed(self, committed: Committed) -> None:
        with committed.context():
            make_pairing()
            assert eastern_ends() == ["331121", "331100"]
            with committed.context():
                assert eastern_ends() == ["331100"]
            assert eastern_ends() == ["331121", "331100"]

    def test_is_right_when_the_table_is_changed_behind_our_back(self, committed: Committed) -> None:
        with committed.context():
            assert eastern_ends() == ["331100"]
        with committed.owner() as connection:
            connection.exec_driver_sql("delete from pairings")
        with committed.context():
            assert eastern_ends() == []


class TestListInForce:
    def test_lists_most_specific_first(self) -> None:
        in_2020 = queries.list_in_force(date(2020, 6, 1))
        assert len(in_2020) == 10
        ranks = [entry.specificity for entry in in_2020]
        assert ranks == sorted(ranks)
        today = {(e.east_code, e.west_code) for e in queries.list_in_force(ON)}
        assert today == {
            ("331100", "652925"),
            ("331100", "220581"),
            ("330700", "511900"),
            ("331100", "510500"),
            ("330783", "511922"),
            ("330782", "511902"),
        }


class TestGetEntry:
    def test_raises_for_an_unknown_id(self) -> None:
        with pytest.raises(PairingUnknown):
            queries.get_entry(PLATFORM_ADMIN.account_id)
