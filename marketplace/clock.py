"""The one clock: instants are aware UTC, business days are Shanghai days."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

SHANGHAI = ZoneInfo("Asia/Shanghai")

# The offset, not the instant, is kept: time goes on passing while a test travels.
_offset: timedelta | None = None


def now() -> datetime:
    """Return this instant, aware, in UTC."""
    real = datetime.now(UTC)
    return real if _offset is None else real + _offset


def today() -> date:
    """Return the business day: the date in Shanghai at this instant."""
    return shanghai_date(now())


def shanghai_date(instant: datetime) -> date:
    """Return the Shanghai date of an aware instant."""
    return instant.astimezone(SHANGHAI).date()


def wall_time(instant: datetime) -> str:
    """Write an aware instant as people in Shanghai read it: ``2026-06-01 09:30``."""
    return instant.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M")


def deadline(instant: datetime) -> str:
    """Write until when something may be done: the end of a day is that day's 24:00, not the next's."""
    local = instant.astimezone(SHANGHAI)
    if local.time() == time():
        return f"{local.date() - timedelta(days=1)} 24:00"
    return wall_time(instant)


def travelled_to() -> datetime | None:
    """Return the pretended instant while a test travels, else None.

    What the database decides by its own clock (the booking day) must travel too.
    """
    return None if _offset is None else now()


@contextmanager
def travel(instant: datetime) -> Iterator[None]:
    """Pretend that it is ``instant`` (aware) until the block ends, in every thread of this process."""
    global _offset  # noqa: PLW0603 - server threads of a browser test must travel along
    if instant.tzinfo is None:
        raise ValueError("travel needs an aware instant")
    before = _offset
    _offset = instant - datetime.now(UTC)
    try:
        yield
    finally:
        _offset = before
