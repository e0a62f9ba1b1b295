"""The process's cache of the tree: right after a change, and after a fork."""

import os
from collections.abc import Iterator

import pytest
from sqlalchemy import text

from marketplace.database import db
from partners.regions import queries
from partners.regions.errors import RegionUnknown


@pytest.fixture(autouse=True)
def _fresh_cache() -> Iterator[None]:
    queries.forget_tree()
    yield
    queries.forget_tree()


def _rename(code: str, name: str) -> None:
    db.session.execute(
        text("update regions set name = :name where code = :code"), {"name": name, "code": code}
    )


class TestTree:
    def test_answers_from_memory_between_looks(self) -> None:
        first = queries.tree()
        assert queries.tree() is first

    def test_is_loaded_anew_when_the_version_differs(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(queries, "SECONDS_BETWEEN_LOOKS", 0.0)
        before = queries.tree()
        assert queries.tree() is before
        _rename("331122", "缙云市")
        try:
            assert queries.tree().full_name("331122") == "浙江省丽水市缙云市"
        finally:
            db.session.rollback()
        assert queries.tree().full_name("331122") == "浙江省丽水市缙云县"

    def test_is_dropped_in_a_forked_child(self) -> None:
        queries.tree()
        reading, writing = os.pipe()
        child = os.fork()
        if child == 0:
            os.write(writing, b"empty" if queries._cached is None else b"kept")
            os._exit(0)
        os.waitpid(child, 0)
        assert os.read(reading, 10) == b"empty"
        assert queries._cached is not None


class TestGetRegion:
    def test_raises_for_an_unknown_code(self) -> None:
        with pytest.raises(RegionUnknown) as raised:
            queries.get_region("999999")
        assert raised.value.detail is not None
        assert "999999" in raised.value.detail.zh


class TestPageOfRegions:
    def test_pages_through_the_children_without_gap_or_repeat(self) -> None:
        seen: list[str] = []
        after = None
        while True:
            page = queries.page_of_regions(parent="410000", limit=7, after=after)
            seen += [node.code for node in page.items]
            after = page.next
            if after is None:
                break
        assert len(seen) == len(set(seen)) == 18  # 17 cities and 济源
        assert seen == sorted(seen)
