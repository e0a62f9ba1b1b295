"""Counting working days: deadlines that leave holidays out, due days that holidays put off."""

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta

from marketplace.clock import SHANGHAI
from marketplace.working_days import queries
from marketplace.working_days.models import DayKind

_SATURDAY = 5


def is_working(day: date, special: Mapping[date, DayKind]) -> bool:
    """Tell whether a day is worked, by what notices said of it, else by its weekday."""
    kind = special.get(day, DayKind.ORDINARY)
    if kind is DayKind.ORDINARY:
        return day.weekday() < _SATURDAY
    return kind is DayKind.WORKING


def end_of_working_day(instant: datetime, days: int) -> datetime:
    """Return the end (Shanghai midnight) of the ``days``-th working day after an instant."""
    day = instant.astimezone(SHANGHAI).date()
    special = queries.list_special_after(day)
    left = days
    while left:
        day += timedelta(days=1)
        left -= is_working(day, special)
    return datetime.combine(day + timedelta(days=1), time(), SHANGHAI)


def put_off(day: date) -> date:
    """Return the day on which a time limit ends that would end on ``day``.

    A last day that is a holiday gives way to the next working day (Civil Code, article 203).
    """
    special = queries.list_special_after(day - timedelta(days=1))
    while not is_working(day, special):
        day += timedelta(days=1)
    return day
