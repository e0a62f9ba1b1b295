"""Saying which days are worked: loaded from the file that ships, then kept up by officers."""

import csv
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy.dialects.postgresql import insert

from marketplace import audit, clock
from marketplace.database import db
from marketplace.identity.actor import Actor
from marketplace.ids import new_id
from marketplace.working_days.errors import DaysInReverse, SpanTooLong
from marketplace.working_days.models import DayKind, SpecialDay

DATA = Path(__file__).parent / "data"
MAX_SPAN = 15


def load_days() -> None:
    """Insert the days that ship with the product where nothing is said of them; one statement."""
    with (DATA / "days.csv").open(encoding="utf-8", newline="") as lines:
        rows = [
            _values(day, DayKind(row["kind"]), row["name"], row["document"])
            for row in csv.DictReader(lines)
            for day in _span(
                date.fromisoformat(row["first_on"]), date.fromisoformat(row["last_on"])
            )
        ]
    db.session.execute(insert(SpecialDay).on_conflict_do_nothing(), rows)


def set_days(
    actor: Actor, *, first_on: date, last_on: date, kind: DayKind, name: str, document: str
) -> None:
    """Say of each day from the first to the last what it is; what was said before gives way.

    Deadlines that are set already keep their day. Raises DaysInReverse, SpanTooLong.
    """
    if last_on < first_on:
        raise DaysInReverse(fields={"last_on": DaysInReverse.title})
    if (last_on - first_on).days >= MAX_SPAN:
        raise SpanTooLong(fields={"last_on": SpanTooLong.title})
    said = insert(SpecialDay).values(
        [
            _values(day, kind, name, document) | {"set_by": actor.account_id}
            for day in _span(first_on, last_on)
        ]
    )
    renewed = {
        column: said.excluded[column] for column in ("kind", "name", "document", "set_by", "set_at")
    }
    db.session.execute(said.on_conflict_do_update(index_elements=["day"], set_=renewed))
    audit.record(
        "special_days.set", "special_days", first_on.isoformat(), actor=actor,
        after={"last_on": last_on.isoformat(), "kind": kind, "name": name, "document": document},
    )  # fmt: skip


def _span(first_on: date, last_on: date) -> list[date]:
    return [first_on + timedelta(days=each) for each in range((last_on - first_on).days + 1)]


def _values(day: date, kind: DayKind, name: str, document: str) -> dict[str, Any]:
    return {
        "id": new_id(),
        "day": day,
        "kind": kind,
        "name": name,
        "document": document,
        "set_at": clock.now(),
    }
