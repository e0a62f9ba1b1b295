"""Running the invariants inside a test, on the rows of that test."""

from functools import cache

from marketplace import statements, verify
from marketplace.database import db
from marketplace.invariants import Invariant


def broken() -> list[str]:
    """Return what is broken now: one line for each invariant with rows that break it."""
    db.session.flush()
    findings = verify.check(db.session.connection(), _suspected())
    return [
        f"{finding.invariant.code} {finding.invariant.title}: {finding.rows}"
        for finding in findings
        if finding.violations
    ]


def _suspected() -> list[Invariant]:
    """Ask in one statement which invariants have rows that break them.

    Tests ask hundreds of times and nearly always get none, while a hundred questions, one at a
    time, take most of a test. What compares the database with something outside is left to be
    asked by itself.
    """
    stated, question = _question()
    broken = statements.fetch_one(question, {}).broken
    return [each for number, each in enumerate(stated) if each.parameters or number in broken]


@cache
def _question() -> tuple[list[Invariant], str]:
    stated = verify.collect()
    asked = ", ".join(
        f"CASE WHEN EXISTS ({_of_the_driver(each.sql)}) THEN {number} END"
        for number, each in enumerate(stated)
        if each.parameters is None
    )
    return stated, f"SELECT array_remove(ARRAY[{asked}], NULL) AS broken"


def _of_the_driver(sql: str) -> str:
    """Write a statement of ``sqlalchemy.text`` as the driver takes it."""
    return sql.replace("\\:", ":").replace("%", "%%")
