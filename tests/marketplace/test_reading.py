"""Reads of public routes: what they see, and that they recover."""

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.exc import DBAPIError

from marketplace import reading
from marketplace.database import db, transaction
from marketplace.reading import fetch_all
from tests.conftest import Committed


class TestFetchAll:
    def test_binds_by_name(self) -> None:
        sql = "SELECT %(a)s::int + 1, %(b)s::text"
        assert fetch_all(sql, {"a": 1, "b": "茶'--"}) == [(2, "茶'--")]

    def test_sees_what_its_own_transaction_wrote(self, committed: Committed) -> None:
        count = "SELECT count(*) FROM categories"
        with committed.context():
            before = fetch_all(count, {})[0][0]
            with transaction():
                db.session.execute(
                    text(
                        "INSERT INTO categories (code, path, name_zh, name_en, position, is_food,"
                        " needs_quarantine) VALUES ('new_one', '{new_one}', '新', 'New', 99, true,"
                        " false)"
                    )
                )
                assert fetch_all(count, {}) == [(before + 1,)]
            assert fetch_all(count, {}) == [(before + 1,)]

    def test_keeps_its_plan_from_request_to_request(self, committed: Committed) -> None:
        sql = "SELECT %(a)s::int"
        with committed.context():
            for number in range(8):
                assert fetch_all(sql, {"a": number}) == [(number,)]
            prepared = fetch_all("SELECT count(*) FROM pg_prepared_statements", {})
            assert prepared[0][0] >= 1

    def test_repeats_itself_on_a_lost_connection(self, committed: Committed) -> None:
        with committed.context():
            assert fetch_all("SELECT 1", {}) == [(1,)]
            committed.cut_connections()
            assert fetch_all("SELECT 1", {}) == [(1,)]

    @pytest.mark.parametrize("path", ["/api/v1/products", "/products"])
    def test_is_unavailable_while_no_server_answers_and_recovers(
        self, committed: Committed, monkeypatch: pytest.MonkeyPatch, path: str
    ) -> None:
        client = committed.app.test_client()
        reading.dispose(committed.app)
        with monkeypatch.context() as patched:
            nowhere = create_engine("postgresql+psycopg://nobody@127.0.0.1:1/nothing")
            patched.setattr(reading, "_make_engine", lambda engine: nowhere)
            lost = client.get(path)
            assert (lost.status_code, lost.headers["Retry-After"]) == (503, "2")
        reading.dispose(committed.app)
        assert client.get(path).status_code == 200

    def test_tells_a_wrong_statement_as_the_session_does(self, committed: Committed) -> None:
        with committed.context(), pytest.raises(DBAPIError):
            fetch_all("SELECT nothing_of_that_name", {})
