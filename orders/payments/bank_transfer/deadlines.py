"""Until when a transfer may arrive: working days, because banks and officers work on them."""

from datetime import datetime, timedelta

from marketplace.clock import SHANGHAI

_SATURDAY = 5


def end_of_working_day(instant: datetime, days: int) -> datetime:
    """Return the end (Shanghai midnight) of the ``days``-th working day after an instant.

    Saturdays and Sundays are left out; public holidays are not known here, so the setting that
    gives ``days`` leaves room for them.
    """
    day = instant.astimezone(SHANGHAI).replace(hour=0, minute=0, second=0, microsecond=0)
    left = days
    while left:
        day += timedelta(days=1)
        left -= day.weekday() < _SATURDAY
    return day + timedelta(days=1)
