"""How long each side has: every time limit of orders and after-sales, and what happens at its end."""

from collections.abc import Callable
from datetime import datetime, timedelta

from flask import current_app

from config.settings import Settings
from marketplace import clock
from marketplace.language import Text
from orders.trades.states import AftersalesState


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


def pickup_due() -> datetime:
    """Return until when a point keeps what has arrived now; then it goes back."""
    return clock.now() + timedelta(days=_settings().pickup_keep_days)


def pickup_reminder_before() -> datetime:
    """Return the instant before which something arrived whose buyer is reminded now."""
    return clock.now() - timedelta(days=_settings().pickup_remind_days)


# Per state of a case: how many days, and what happens when they are over.
_DAYS: dict[AftersalesState, Callable[[Settings], int]] = {
    AftersalesState.APPLIED: lambda settings: settings.case_answer_days,
    AftersalesState.AWAITING_GOODS: lambda settings: settings.case_return_days,
    AftersalesState.RETURNING: lambda settings: settings.case_receipt_days,
    AftersalesState.AWAITING_REPLACEMENT: lambda settings: settings.case_replacement_days,
    AftersalesState.REPLACING: lambda settings: settings.accept_automatically_days,
    AftersalesState.REFUSED: lambda settings: settings.case_escalate_days,
}
OUTCOMES: dict[AftersalesState, Text] = {
    AftersalesState.APPLIED: Text(
        "合作社到时没有答复，按同意办理。", "Without an answer by then, it is agreed to."
    ),
    AftersalesState.AWAITING_GOODS: Text(
        "到时没有寄回，申请自动关闭。", "If nothing is sent back by then, the case is closed."
    ),
    AftersalesState.RETURNING: Text(
        "合作社到时没有确认收到退货，自动退款。",
        "If the cooperative does not confirm receipt by then, the money goes back.",
    ),
    AftersalesState.AWAITING_REPLACEMENT: Text(
        "合作社到时没有发出换货，自动退款。",
        "If no replacement is sent by then, the money goes back.",
    ),
    AftersalesState.REPLACING: Text(
        "到时没有确认，视为已收到换货。",
        "Without a word by then, the replacement is taken as received.",
    ),
    AftersalesState.REFUSED: Text(
        "买家到时没有申请平台介入，以合作社的答复为准。",
        "Unless the platform is asked by then, the refusal stands.",
    ),
}


def case_due(state: AftersalesState | str) -> datetime | None:
    """Return until when a case may stand in a state; None where nobody is waited for."""
    days = _DAYS.get(AftersalesState(state))
    return None if days is None else clock.now() + timedelta(days=days(_settings()))
