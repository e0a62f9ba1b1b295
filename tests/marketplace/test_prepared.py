"""Prepared statements: values arrive as what they are, failures as what they were."""

import uuid
from datetime import UTC, date, datetime
from enum import StrEnum
from typing import Any

import psycopg
import pytest

from marketplace import prepared
from marketplace.database import db


class Colour(StrEnum):
    RED = "red"


def run(sql: str, **values: Any) -> prepared.Result:
    pooled = db.session.connection().connection
    driver: Any = pooled.driver_connection
    return prepared.run(driver, pooled.info, sql, values)


def same(kind: str, value: Any) -> Any:
    return run(f"SELECT %(value)s::{kind} AS value", value=value).rows[0].value


class TestRun:
    @pytest.mark.parametrize(
        ("kind", "value"),
        [
            ("text", '茶\'--\\ "100 %"'),
            ("uuid", uuid.UUID("018f0000-0000-7000-8000-000000000001")),
            ("boolean", True),
            ("boolean", False),
            ("bigint", -(2**62)),
            ("timestamptz", datetime(2026, 11, 22, 1, 2, 3, 456, tzinfo=UTC)),
            ("date", date(2026, 11, 22)),
            ("bytea", b"\x00\xff\\"),
            ("bigint[]", [1, None, 3]),
            ("text[]", ['a"b', "c\\d", "", "e,f", "NULL", "茶"]),
            ("uuid[]", [uuid.UUID(int=7)]),
            ("text[]", []),
            ("text", None),
            ("text", Colour.RED),
        ],
    )
    def test_gives_back_what_it_was_given(self, kind: str, value: Any) -> None:
        assert same(kind, value) == value

    def test_small_and_large_numbers_are_one_statement(self) -> None:
        sql = "SELECT %(n)s::bigint + 1 AS one_statement"
        assert [run(sql, n=n).rows[0][0] for n in (1, 2**40)] == [2, 2**40 + 1]
        known = "SELECT count(*) AS n FROM pg_prepared_statements WHERE statement LIKE %(like)s"
        assert run(known, like="%AS one_statement").rows[0].n == 1

    def test_a_value_may_stand_twice_and_a_per_cent_sign_is_written_double(self) -> None:
        row = run("SELECT %(a)s::int + %(a)s::int AS twice, 7 %% 4 AS rest", a=2).rows[0]
        assert (row.twice, row.rest) == (4, 3)

    def test_counts_the_rows_it_changed(self) -> None:
        assert run("CREATE TEMPORARY TABLE seen (n int)").count == 0
        assert run("INSERT INTO seen SELECT generate_series(1, %(n)s)", n=3).count == 3

    def test_raises_what_the_server_said(self) -> None:
        with pytest.raises(psycopg.errors.DivisionByZero):
            run("SELECT 1 / %(zero)s::int", zero=0)

    def test_refuses_what_a_text_cannot_hold(self) -> None:
        with pytest.raises(psycopg.DataError):
            same("text", "a\x00b")

    def test_refuses_a_value_it_does_not_know(self) -> None:
        with pytest.raises(TypeError):
            same("text", object())
