"""Pages by cursor neither skip nor repeat a row, in any mix of directions."""

import uuid
from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from marketplace import audit, cursors
from marketplace.database import db
from marketplace.identity.actor import Actor


def fill(count: int) -> None:
    for i in range(count):
        kind = "even" if i % 2 == 0 else "odd"
        audit.record("test", kind, str(i % 7), actor=Actor())
    db.session.flush()


class TestPaginate:
    @pytest.mark.parametrize("directions", [("asc", "asc", "asc"), ("desc", "asc", "desc")])
    def test_walks_every_row_once_in_order(self, directions: tuple[cursors.Direction, ...]) -> None:
        fill(25)
        entry = audit.AuditEntry
        columns = (entry.subject_kind, entry.subject_id, entry.id)
        keys = list(zip(columns, directions, strict=True))
        statement = select(entry).where(entry.action == "test")
        seen: list[audit.AuditEntry] = []
        after = None
        for _ in range(10):
            page = cursors.paginate(statement, keys, 4, after)
            seen += page.items
            after = page.next
            if after is None:
                break
        assert len(seen) == 25
        assert len({one.id for one in seen}) == 25
        order = [c.asc() if d == "asc" else c.desc() for c, d in keys]
        assert seen == list(db.session.scalars(statement.order_by(*order)))

    def test_the_last_page_has_no_next(self) -> None:
        fill(4)
        entry = audit.AuditEntry
        statement = select(entry).where(entry.action == "test")
        assert cursors.paginate(statement, [(entry.id, "asc")], 4, None).next is None


class TestDecode:
    @given(st.text(max_size=80))
    def test_refuses_nonsense_with_a_problem(self, cursor: str) -> None:
        try:
            values = cursors.decode(cursor, [int, uuid.UUID])
        except cursors.CursorMalformed:
            return
        assert isinstance(values[0], int)

    @pytest.mark.parametrize("values", [[2**63, "x"], ["a\x00b"], [1], [True]])
    def test_refuses_values_the_database_cannot_hold(self, values: list[object]) -> None:
        kinds = [int, str] if len(values) == 2 else [str] if values == ["a\x00b"] else [date]
        with pytest.raises(cursors.CursorMalformed):
            cursors.decode(cursors.encode(values), kinds)

    def test_returns_what_was_encoded(self) -> None:
        values = [7, datetime(2026, 1, 2, 3, tzinfo=UTC), date(2026, 1, 2), "梅河大米"]
        kinds = [int, datetime, date, str]
        plain = [values[0], values[1], "2026-01-02", values[3]]
        assert cursors.decode(cursors.encode(plain), kinds) == values
