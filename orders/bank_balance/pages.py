"""The bank account's balance in pages: the statement of a day, and the opening balance behind it."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import date
from typing import Any

from flask import redirect, request
from werkzeug.wrappers import Response

from marketplace import clock, forms, layout
from marketplace.database import transaction
from marketplace.desk.waiting import add_queue
from marketplace.errors import Conflict, Forbidden, Unprocessable
from marketplace.http import attached, requires
from marketplace.identity.actor import current_actor
from marketplace.identity.queries import name_accounts
from marketplace.language import Text
from marketplace.pages import PageBlueprint, render
from marketplace.permissions import Permission
from marketplace.spreadsheets import XLSX
from orders.bank_balance import queries, service, sheet
from orders.bank_balance.models import OpeningState
from orders.bank_balance.schemas import ProposeOpeningSchema
from orders.reconciliation.pages import HOME as RECONCILIATION
from orders.reconciliation.standing import yesterday

blueprint = PageBlueprint("bank_balance_pages", __name__)

HOME = f"{RECONCILIATION}/bank-balance"
# More of a kind than this stand in the spreadsheet only.
SHOWN = 100

add_queue(
    RECONCILIATION,
    Text("待复核的期初余额", "opening balance to confirm"),
    lambda _: queries.select_waiting(),
    href=HOME,
)


@blueprint.get(HOME)
@requires(Permission.RECONCILIATION_READ)
def show_bank_balance() -> Response:
    """Show the reconciliation statement of a day, yesterday unless another is asked for."""
    return _page()


def _page(entered: forms.Entered | None = None) -> Response:
    given, wrong = _day_wanted()
    drawn = sheet.draw_up(given)
    actor = current_actor()
    waiting = queries.find_opening(OpeningState.PROPOSED)
    opening = queries.find_opening(OpeningState.CONFIRMED)
    said = [one for one in (waiting, opening) if one is not None]
    people = {by for one in said for by in (one.proposed_by, one.decided_by) if by is not None}
    return render(
        "bank_balance/sheet.html",
        422 if entered is not None or wrong else 200,
        sheet=drawn,
        href=f"{HOME}?day={given.isoformat()}",
        today=clock.today(),
        day_error=wrong,
        kinds=[
            (title, kind, items, drawn.total(kind))
            for kind, title in sheet.TITLES.items()
            for items in [drawn.list_items(kind)]
        ],
        shown=SHOWN,
        subjects=sheet.name_items(drawn.items),
        opening=opening,
        waiting=waiting,
        people=name_accounts(people),
        is_mine=waiting is not None and waiting.proposed_by == actor.id,
        first_day=queries.find_first_day() or clock.today(),
        may_propose=opening is None and waiting is None and actor.can(Permission.DIFFERENCE_CLOSE),
        may_confirm=actor.can(Permission.BOOKING_CONFIRM),
        raw=entered.raw if entered else {},
        errors=entered.errors if entered else {},
    )


def _day_wanted() -> tuple[date, Text | None]:
    """Return the day asked for, or yesterday and what is wrong with what was asked."""
    given = request.args.get("day", "")
    if not given:
        return yesterday(), None
    try:
        day = date.fromisoformat(given)
    except ValueError:
        return yesterday(), Text("请填一个日期，例如 2026-06-01", "Enter a day such as 2026-06-01")
    if day > clock.today():
        return yesterday(), Text("这一天还没有到", "This day is still to come")
    return day, None


@blueprint.get(f"{HOME}.xlsx")
@requires(Permission.RECONCILIATION_READ)
def take_bank_balance() -> Response:
    """Take the statement of a day as a spreadsheet."""
    day, wrong = _day_wanted()
    if wrong is not None:
        return _page()
    return attached(
        sheet.write_xlsx(sheet.draw_up(day)), XLSX, f"bank-balance-{day.isoformat()}.xlsx"
    )


@blueprint.post(HOME)
@requires(Permission.DIFFERENCE_CLOSE)
def propose_bank_opening() -> Response:
    """Enter the opening balance."""
    form = request.form
    given: dict[str, Any] = {name: form[name] for name in ("day", "reason") if form.get(name)}
    amount = forms.fen_of(form.get("amount", ""))
    if amount is not None:
        given["amount_fen"] = amount
    entered = forms.load_values(ProposeOpeningSchema(), given, form)
    if "amount_fen" in entered.errors:
        entered.errors["amount"] = str(forms.AMOUNT_UNREADABLE)
    if not entered.errors:
        try:
            with transaction():
                service.propose_opening(current_actor(), **entered.values)
        except Unprocessable as problem:
            entered.errors = forms.refused(problem)
        except Conflict as problem:
            layout.tell(problem.title, "bad")
        else:
            layout.tell(
                Text(
                    "已提出，等另一位财务复核后入账", "Entered; booked once another officer agrees"
                ),
                "waiting",
            )
    return _page(entered) if entered.errors else redirect(HOME, 303)


@blueprint.post(f"{HOME}/openings/<uuid:opening_id>/confirm")
@requires(Permission.BOOKING_CONFIRM)
def confirm_bank_opening(opening_id: uuid.UUID) -> Response:
    """Agree with what another officer entered."""
    return _decide(
        opening_id, service.confirm_opening, Text("期初余额已入账", "The opening balance is booked")
    )


@blueprint.post(f"{HOME}/openings/<uuid:opening_id>/reject")
@requires(Permission.DIFFERENCE_CLOSE)
def reject_bank_opening(opening_id: uuid.UUID) -> Response:
    """Refuse, or take back, what was entered."""
    return _decide(
        opening_id, service.reject_opening, Text("期初余额没有入账", "Nothing was booked")
    )


def _decide(opening_id: uuid.UUID, decide: Callable[..., object], done: Text) -> Response:
    queries.get_opening(opening_id)
    try:
        with transaction():
            decide(current_actor(), opening_id)
    except (Conflict, Forbidden) as problem:
        layout.tell(problem.title, "bad")
    else:
        layout.tell(done)
    return redirect(HOME, 303)
