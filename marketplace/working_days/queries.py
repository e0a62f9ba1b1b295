"""Selects on days that are not what their weekday says; they are public facts."""

from collections.abc import Sequence
from datetime import date, timedelta

from sqlalchemy import func, select

from marketplace.database import db
from marketplace.working_days.models import DayKind, SpecialDay

# Longer than any time limit that counts working days.
_AHEAD = timedelta(days=120)


def list_special_after(day: date) -> dict[date, DayKind]:
    """Return what notices said of the days that follow a day."""
    rows = db.session.execute(
        select(SpecialDay.day, SpecialDay.kind).where(
            SpecialDay.day > day, SpecialDay.day <= day + _AHEAD
        )
    )
    return {row.day: row.kind for row in rows}


def list_days(year: int) -> Sequence[SpecialDay]:
    """Return the special days of a year, in order; those taken back are left out."""
    days = select(SpecialDay).where(
        SpecialDay.day >= date(year, 1, 1),
        SpecialDay.day <= date(year, 12, 31),
        SpecialDay.kind != DayKind.ORDINARY,
    )
    return db.session.scalars(days.order_by(SpecialDay.day)).all()


def list_years() -> list[int]:
    """Return the years that have special days, the latest first."""
    year = func.extract("year", SpecialDay.day)
    found = select(year).where(SpecialDay.kind != DayKind.ORDINARY).distinct()
    return sorted((int(each) for each in db.session.scalars(found)), reverse=True)
