"""Loading everything that ships with the product, again and again."""

from flask import Flask
from sqlalchemy import text

from marketplace.database import db
from partners.reference.service import load_reference

TABLES = ("regions", "region_aliases", "region_organisations", "pairings", "offices")


def _counts() -> dict[str, int]:
    return {table: db.session.scalar(text(f"select count(*) from {table}")) for table in TABLES}  # type: ignore[misc]


class TestLoadReference:
    def test_changes_nothing_the_second_time(self) -> None:
        before = _counts()
        load_reference()
        assert _counts() == before
        assert before["regions"] == 3348
        assert before["pairings"] == 14

    def test_puts_back_what_is_missing(self) -> None:
        before = _counts()
        db.session.execute(text("delete from pairings"))
        db.session.execute(text("delete from offices"))
        load_reference()
        assert _counts() == before


class TestLoadReferenceCommand:
    def test_runs_as_the_application(self, app: Flask) -> None:
        result = app.test_cli_runner().invoke(args=["load-reference"])
        assert result.exit_code == 0, result.output
