"""What any tracking service does for us: watch a waybill, say where it is, tell news."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from flask import current_app

from config.settings import Settings
from orders.tracking.models import TrackingState


class TrackerUnreachable(Exception):
    """The service did not answer, or not in its own words; ask again later."""


class NoticeUnreadable(Exception):
    """A notice that is not the service's, or says nothing."""


@dataclass(frozen=True, slots=True)
class Waybill:
    """What a service needs to know of a parcel; of the telephone the last four digits at most."""

    courier_code: str
    number: str
    phone_ending: str


@dataclass(frozen=True, slots=True)
class Step:
    """One line of a parcel's course."""

    at: datetime
    text: str


@dataclass(frozen=True, slots=True)
class News:
    """Where a parcel is and how it came there, newest first."""

    courier_code: str
    number: str
    state: TrackingState
    course: Sequence[Step]


class Tracker(Protocol):
    """A tracking service."""

    def subscribe(self, waybill: Waybill) -> None:
        """Have the service tell us of a waybill by itself; safe to repeat."""

    def look_up(self, waybill: Waybill) -> News | None:
        """Ask where a waybill is; None while the service knows nothing of it."""

    def read_notice(self, form: Mapping[str, str]) -> News | None:
        """Read what the service tells by itself; raises NoticeUnreadable unless it is signed."""


def find_tracker() -> Tracker | None:
    """Return the service that is configured; None where tracking is off."""
    from orders.tracking.kuaidi100 import Kuaidi100

    settings: Settings = current_app.config["SETTINGS"]
    return Kuaidi100(settings) if settings.kuaidi100_key else None
