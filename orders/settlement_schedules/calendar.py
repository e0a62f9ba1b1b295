"""On which days windows close: pure functions of the rhythms that were set."""

from collections.abc import Iterator, Sequence
from datetime import date, timedelta

from orders.settlement_schedules.models import Rhythm, SettlementSchedule

# No rhythm has a longer pause.
LONGEST = timedelta(days=32)
# A worker that slept longer than this is caught up by hand.
CAUGHT_UP = timedelta(days=400)


def closes(rhythm: Rhythm, day: date) -> bool:
    """Tell whether a window closes at the beginning of a day."""
    if rhythm is Rhythm.WEEKLY:
        return day.weekday() == 0
    if rhythm is Rhythm.HALF_MONTHLY:
        return day.day in (1, 16)
    return rhythm is Rhythm.MONTHLY and day.day == 1


def in_force(schedules: Sequence[SettlementSchedule], day: date) -> SettlementSchedule | None:
    """Return the rhythm of a day; ``schedules`` in the order in which one takes the other's place."""
    standing = [each for each in schedules if each.valid_from <= day]
    return standing[-1] if standing else None


def closing_days(
    schedules: Sequence[SettlementSchedule], after: date | None, until: date
) -> Iterator[date]:
    """Return the days on which windows close, later than ``after`` (None: from the first rhythm on)."""
    if not schedules:
        return
    day = min(each.valid_from for each in schedules)
    if after is not None:
        day = max(day, after + timedelta(days=1))
    day = max(day, until - CAUGHT_UP)
    while day <= until:
        standing = in_force(schedules, day)
        if standing is not None and closes(standing.rhythm, day):
            yield day
        day += timedelta(days=1)


def next_closing(schedules: Sequence[SettlementSchedule], today: date) -> date | None:
    """Return the next day on which a window closes by itself."""
    latest = max((each.valid_from for each in schedules), default=today)
    return next(closing_days(schedules, today, max(today, latest) + LONGEST), None)
