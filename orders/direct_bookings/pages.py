"""Direct bookings in pages: what waits for a second officer, and one with its evidence."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from typing import Any

from flask import redirect, request
from werkzeug.wrappers import Response

from marketplace import forms, layout
from marketplace.cursors import paginate
from marketplace.database import transaction
from marketplace.desk.waiting import add_queue
from marketplace.errors import Conflict, Forbidden, Unprocessable
from marketplace.http import requires
from marketplace.identity.actor import current_actor
from marketplace.identity.queries import name_accounts
from marketplace.language import Text
from marketplace.pages import PageBlueprint, render
from marketplace.permissions import Permission
from orders.bank_entries.queries import list_entries
from orders.direct_bookings import queries, service
from orders.direct_bookings.models import BookingState, DirectBooking
from orders.direct_bookings.schemas import ProposeBookingSchema
from orders.direct_bookings.wording import PURPOSES, STATES
from orders.journal.direct_entries import KINDS
from orders.journal.queries import find_entry
from orders.reconciliation import channels
from orders.reconciliation.pages import DIFFERENCES, difference_page
from orders.reconciliation.pages import HOME as RECONCILIATION
from orders.reconciliation.queries import get_difference

blueprint = PageBlueprint("direct_bookings_pages", __name__)

HOME = "/desk/direct-bookings"
PAGE = 30

add_queue(
    RECONCILIATION,
    Text("待复核的直接入账", "bookings to confirm"),
    lambda _: queries.select_bookings(BookingState.PROPOSED),
    href=HOME,
)


@blueprint.post(f"{DIFFERENCES}/<uuid:difference_id>/bookings")
@requires(Permission.DIFFERENCE_CLOSE)
def propose_direct_booking(difference_id: uuid.UUID) -> Response:
    """Say what the money of a difference is."""
    get_difference(difference_id)
    posted = {
        "purpose": request.form.get("purpose", ""),
        "reason": request.form.get("booking_reason", ""),
    }
    given = {name: value for name, value in posted.items() if value}
    entered = forms.load_values(ProposeBookingSchema(), given, request.form)
    if not entered.errors:
        try:
            with transaction():
                service.propose_booking(current_actor(), difference_id, **entered.values)
        except Unprocessable as problem:
            entered.errors = forms.refused(problem)
        except Conflict as problem:
            layout.tell(problem.title, "bad")
        else:
            layout.tell(
                Text(
                    "已提出，等另一位财务复核后入账", "Proposed; booked once another officer agrees"
                ),
                "waiting",
            )
    if entered.errors:
        entered.errors = {
            "booking_reason" if name == "reason" else name: why
            for name, why in entered.errors.items()
        }
        return difference_page(difference_id, entered)
    return redirect(f"{DIFFERENCES}/{difference_id}", 303)


@blueprint.get(HOME)
@requires(Permission.RECONCILIATION_READ)
def show_direct_bookings() -> Response:
    """List what was booked directly, those that wait for a second officer first."""
    given = request.args.get("state", BookingState.PROPOSED)
    state = BookingState(given) if given in set(BookingState) else BookingState.PROPOSED
    page = paginate(queries.select_bookings(state), queries.ORDER, PAGE, request.args.get("after"))
    return render(
        "direct_bookings/list.html",
        tabs=[
            {
                "href": f"{HOME}?state={each}",
                "label": STATES[each][0],
                "is_chosen": each is state,
                "count": queries.count_proposed() if each is BookingState.PROPOSED else None,
            }
            for each in BookingState
        ],
        bookings=show(page.items),
        next_url=f"{HOME}?state={state}&after={page.next}" if page.next else None,
    )


def show(bookings: Sequence[DirectBooking]) -> list[dict[str, Any]]:
    """Return bookings with their words, evidence and people."""
    entries = list_entries({one.bank_entry_id for one in bookings if one.bank_entry_id})
    movements = queries.list_movements({one.movement_id for one in bookings if one.movement_id})
    people = name_accounts(
        {by for one in bookings for by in (one.proposed_by, one.decided_by) if by is not None}
    )
    return [
        {
            "it": one,
            "href": f"{HOME}/{one.id}",
            "purpose": PURPOSES[one.purpose],
            "state": STATES[one.state],
            "entry": entries.get(one.bank_entry_id) if one.bank_entry_id else None,
            "movement": movements.get(one.movement_id) if one.movement_id else None,
            "people": people,
        }
        for one in bookings
    ]


@blueprint.get(f"{HOME}/<uuid:booking_id>")
@requires(Permission.RECONCILIATION_READ)
def show_direct_booking(booking_id: uuid.UUID) -> Response:
    """Show a booking, its evidence, and what the reader may do."""
    booking = queries.get_booking(booking_id)
    [one] = show([booking])
    actor = current_actor()
    is_waiting = booking.state is BookingState.PROPOSED
    movement = one["movement"]
    return render(
        "direct_bookings/one.html",
        one=one,
        it=booking,
        provider=channels.title_of(movement.provider) if movement else None,
        voucher=find_entry(KINDS[booking.purpose], booking.id),
        is_mine=booking.proposed_by == actor.id,
        may_confirm=is_waiting and actor.can(Permission.BOOKING_CONFIRM),
        may_reject=is_waiting and actor.can(Permission.DIFFERENCE_CLOSE),
    )


@blueprint.post(f"{HOME}/<uuid:booking_id>/confirm")
@requires(Permission.BOOKING_CONFIRM)
def confirm_direct_booking(booking_id: uuid.UUID) -> Response:
    """Agree with what another officer said."""
    return _decide(
        booking_id,
        service.confirm_booking,
        Text("已复核入账，正在重新核对这一天", "Confirmed and booked; its day is compared again"),
    )


@blueprint.post(f"{HOME}/<uuid:booking_id>/reject")
@requires(Permission.DIFFERENCE_CLOSE)
def reject_direct_booking(booking_id: uuid.UUID) -> Response:
    """Refuse, or take back, what was said."""
    return _decide(
        booking_id,
        service.reject_booking,
        Text("没有入账，差异仍待处理", "Nothing was booked; the difference stays open"),
    )


def _decide(booking_id: uuid.UUID, decide: Callable[..., object], done: Text) -> Response:
    queries.get_booking(booking_id)
    try:
        with transaction():
            decide(current_actor(), booking_id)
    except (Conflict, Forbidden) as problem:
        layout.tell(problem.title, "bad")
    else:
        layout.tell(done)
    return redirect(f"{HOME}/{booking_id}", 303)
