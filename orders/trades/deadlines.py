"""How long each side has: every time limit of orders and after-sales, and what happens at its end."""

from datetime import datetime, timedelta

from flask import current_app

from config.settings import Settings
from marketplace import clock


def _settings() -> Settings:
    settings: Settings = current_app.config["SETTINGS"]
    return settings


def overdue_before() -> datetime:
    """Return the instant before which an order was paid that should have been shipped by now."""
    return clock.now() - timedelta(hours=_settings().ship_within_hours)


def reminder_pause() -> timedelta:
    """Return how long a buyer waits after paying, and between two reminders to ship."""
    return timedelta(hours=_settings().remind_every_hours)


def cancellation_due() -> datetime:
    """Return until when a cooperative says whether an order may be called off; silence agrees."""
    return clock.now() + timedelta(hours=_settings().cancellation_answer_hours)


def answer_due() -> datetime:
    """Return until when a cooperative answers an application; silence agrees."""
    return clock.now() + timedelta(days=_settings().case_answer_days)


def return_due() -> datetime:
    """Return until when a buyer sends goods back; else the case is closed."""
    return clock.now() + timedelta(days=_settings().case_return_days)


def receipt_due() -> datetime:
    """Return until when a cooperative confirms what was sent back; else the money goes back."""
    return clock.now() + timedelta(days=_settings().case_receipt_days)


def replacement_due() -> datetime:
    """Return until when a cooperative sends a replacement; else the money goes back."""
    return clock.now() + timedelta(days=_settings().case_replacement_days)


def replacement_accepted_due() -> datetime:
    """Return until when a buyer says that a replacement came; else it is taken as received."""
    return clock.now() + timedelta(days=_settings().accept_automatically_days)


def escalation_due() -> datetime:
    """Return until when a buyer may bring a refusal before the platform; then it stands."""
    return clock.now() + timedelta(days=_settings().case_escalate_days)
