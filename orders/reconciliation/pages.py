"""Reconciliation in pages: days by channel, a day's two sides, and a difference with its history."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

from flask import redirect, request
from werkzeug.wrappers import Response

from marketplace import forms, layout
from marketplace.cursors import paginate
from marketplace.database import transaction
from marketplace.desk.waiting import add_queue
from marketplace.errors import Conflict, Problem, Unprocessable
from marketplace.http import attached, requires
from marketplace.identity.actor import current_actor
from marketplace.language import Text
from marketplace.pages import PageBlueprint, render
from marketplace.permissions import Permission
from marketplace.spreadsheets import XLSX
from orders.bank_entries.queries import get_entry
from orders.direct_bookings import queries as bookings
from orders.direct_bookings.models import BookingState
from orders.direct_bookings.wording import PURPOSES
from orders.direct_bookings.wording import STATES as BOOKING_STATES
from orders.reconciliation import channels, jobs, matching, queries, running, service, showing
from orders.reconciliation import standing as standings
from orders.reconciliation.models import DifferenceState, Item, RunState
from orders.reconciliation.schemas import (
    CloseDifferenceSchema,
    MatchOutgoingSchema,
    StartReconciliationSchema,
)

blueprint = PageBlueprint("reconciliation_pages", __name__)

HOME = "/desk/reconciliation"
DIFFERENCES = "/desk/differences"
DAYS = 14
A_DAY = timedelta(days=1)
PAGE = 50

layout.add_workplace(
    36, Text("对账", "Reconciliation"), HOME, "both-ways", Permission.RECONCILIATION_READ
)
add_queue(
    HOME,
    Text("待解释的差异", "differences to explain"),
    lambda _: queries.select_in_state(DifferenceState.OPEN),
    href=DIFFERENCES,
)


@blueprint.get(HOME)
@requires(Permission.RECONCILIATION_READ)
def show_reconciliations() -> Response:
    """Show two weeks by channel, the last ones unless others are asked for: green only where all is."""
    return _home()


def _home(entered: forms.Entered | None = None) -> Response:
    known = channels.list_channels()
    last = standings.yesterday()
    first = min(known.values(), default=last)
    shown = _last_wanted(first, last)
    return render(
        "reconciliation/days.html",
        200 if entered is None else 422,
        channels=[(channel, channels.title_of(channel)) for channel in known],
        days=standings.list_cells(shown, DAYS) if known else [],
        tones=standings.TONES,
        last=last,
        is_last=shown == last,
        earlier_url=_days_url(shown - timedelta(days=DAYS), first, last),
        later_url=_days_url(min(shown + timedelta(days=DAYS), last), shown + A_DAY, last),
        can_run=current_actor().can(Permission.RECONCILIATION_RUN),
        raw=entered.raw if entered else {},
        errors=entered.errors if entered else {},
    )


def _last_wanted(first: date, last: date) -> date:
    """Return the last day to show: what is asked for, as long as there is something then."""
    try:
        given = date.fromisoformat(request.args.get("last", ""))
    except ValueError:
        return last
    return max(first, min(given, last))


def _days_url(day: date, first: date, last: date) -> str | None:
    """Return where the days up to one are shown, if that is not before the first there is."""
    if day < first:
        return None
    return HOME if day == last else f"{HOME}?last={day.isoformat()}"


@blueprint.post(HOME)
@requires(Permission.RECONCILIATION_RUN)
def start_reconciliation() -> Response:
    """Compare a channel's day, for the first time or again."""
    entered = forms.load(StartReconciliationSchema(), request.form)
    if not entered.errors:
        try:
            with transaction():
                run = running.start_run(current_actor(), **entered.values)
                jobs.enqueue_run(run.id)
                run_id = run.id
        except Unprocessable as problem:
            entered.errors = forms.refused(problem)
        else:
            return redirect(f"{HOME}/{run_id}", 303)
    return _home(entered)


@blueprint.get(f"{HOME}/<uuid:reconciliation_id>")
@requires(Permission.RECONCILIATION_READ)
def show_reconciliation(reconciliation_id: uuid.UUID) -> Response:
    """Show a channel's day: both sides' sums and every difference."""
    run = queries.get_run(reconciliation_id)
    state = _state_wanted()
    page = paginate(
        queries.select_differences(run, state),
        queries.DIFFERENCE_ORDER,
        PAGE,
        request.args.get("after"),
    )
    cell = standings.cell_of(run)
    href = f"{HOME}/{run.id}"
    counts = queries.count_by_state(run)
    return render(
        "reconciliation/day.html",
        run=run,
        href=href,
        channel=channels.title_of(run.channel),
        other_side=channels.OTHER_SIDE.get(run.channel, channels.PROVIDERS_SIDE),
        cell=cell,
        tone=standings.TONES.get(cell.standing, ""),
        stage=showing.STAGES[run.stage],
        failure=standings.FAILURES.get(run.failure or ""),
        is_running=run.state is RunState.RUNNING,
        explained_fen=queries.explained_fen(run),
        tabs=[
            {
                "href": f"{href}?state={each}" if each else href,
                "label": showing.STATES[each][0] if each else Text("全部", "All"),
                "count": counts.get(each, 0) if each else sum(counts.values()),
                "is_chosen": each is state,
            }
            for each in (None, *DifferenceState)
        ],
        differences=showing.show(page.items),
        amount=showing.amount,
        can_run=current_actor().can(Permission.RECONCILIATION_RUN),
        next_url=_next_url(href, state, page.next),
    )


def _next_url(href: str, state: DifferenceState | None, after: str | None) -> str | None:
    if after is None:
        return None
    return f"{href}?state={state}&after={after}" if state else f"{href}?after={after}"


def _state_wanted() -> DifferenceState | None:
    given = request.args.get("state")
    return DifferenceState(given) if given in set(DifferenceState) else None


@blueprint.get(f"{HOME}/<uuid:reconciliation_id>/differences.xlsx")
@requires(Permission.RECONCILIATION_READ)
def take_reconciliation(reconciliation_id: uuid.UUID) -> Response:
    """Take a day as a spreadsheet."""
    run = queries.get_run(reconciliation_id)
    return attached(showing.write_xlsx(run), XLSX, f"{run.channel}-{run.day.isoformat()}.xlsx")


@blueprint.get(DIFFERENCES)
@requires(Permission.RECONCILIATION_READ)
def list_differences() -> Response:
    """List the differences of every day that need somebody, or that somebody closed."""
    state = _state_wanted()
    if state is not DifferenceState.CLOSED:
        state = DifferenceState.OPEN
    # Who explains begins with the oldest; who reads what was closed, with the latest.
    order = queries.DIFFERENCE_ORDER
    if state is DifferenceState.CLOSED:
        order = queries.LATEST_DIFFERENCES
    found = queries.select_in_state(state)
    page = paginate(found, order, PAGE, request.args.get("after"))
    return render(
        "reconciliation/differences.html",
        differences=showing.show(page.items),
        days={
            run.id: (
                f"{HOME}/{run.id}",
                channels.title_of(run.channel),
                run.day,
                channels.OTHER_SIDE.get(run.channel, channels.PROVIDERS_SIDE),
            )
            for run in queries.list_runs_of(page.items)
        },
        amount=showing.amount,
        tabs=[
            {
                "href": f"{DIFFERENCES}?state={each}",
                "label": showing.STATES[each][0],
                "is_chosen": each is state,
            }
            for each in (DifferenceState.OPEN, DifferenceState.CLOSED)
        ],
        is_open=state is DifferenceState.OPEN,
        next_url=_next_url(DIFFERENCES, state, page.next),
    )


@blueprint.get(f"{DIFFERENCES}/<uuid:difference_id>")
@requires(Permission.RECONCILIATION_READ)
def show_difference(difference_id: uuid.UUID) -> Response:
    """Show a difference: its sides, its likely cause, its history, and what may be done."""
    return difference_page(difference_id)


def difference_page(difference_id: uuid.UUID, entered: forms.Entered | None = None) -> Response:
    """Show a difference; with what was entered wrongly, if anything was."""
    whole = showing.show_whole(difference_id)
    it, actor = whole.it, current_actor()
    run = queries.get_run(it.run_id)
    is_open = it.state is DifferenceState.OPEN
    may_act = actor.can(Permission.DIFFERENCE_CLOSE)
    said = bookings.list_bookings_of(it.item, it.subject_id)
    suggestions: list[matching.PaymentOut] = []
    if is_open and may_act and it.item is Item.BANK_ENTRY and (it.provider_amount or 0) < 0:
        suggestions = matching.list_suggestions(get_entry(it.subject_id))
    return render(
        "reconciliation/difference.html",
        200 if entered is None else 422,
        one=whole,
        it=it,
        run=run,
        run_href=f"{HOME}/{run.id}",
        channel=channels.title_of(run.channel),
        other_side=channels.OTHER_SIDE.get(run.channel, channels.PROVIDERS_SIDE),
        amount=showing.amount,
        steps=[(step, showing.STEPS[step.step]) for step in whole.steps],
        suggestions=[(one, showing.ITEMS[one.item]) for one in suggestions],
        key_of=showing.key_of,
        purposes=[(str(each), PURPOSES[each]) for each in bookings.list_purposes(it)],
        bookings=[(one, PURPOSES[one.purpose], BOOKING_STATES[one.state]) for one in said],
        reader_id=actor.id,
        waits=any(one.state is not BookingState.REJECTED for one in said),
        may_act=may_act,
        can_close=is_open and may_act,
        can_unmatch=is_open and may_act and matching.is_by_officer(it.item, it.subject_id),
        raw=entered.raw if entered else {},
        errors=entered.errors if entered else {},
    )


@blueprint.post(f"{DIFFERENCES}/<uuid:difference_id>/close")
@requires(Permission.DIFFERENCE_CLOSE)
def close_difference(difference_id: uuid.UUID) -> Response:
    """Close a difference with a reason."""
    queries.get_difference(difference_id)
    version = forms.whole_of(request.form.get("version", ""))
    given: dict[str, Any] = {"reason": request.form.get("reason", "")}
    if version is not None:
        given["version"] = version
    entered = forms.load_values(CloseDifferenceSchema(), given, request.form)
    if entered.errors:
        return difference_page(difference_id, entered)
    return _act(
        lambda: service.close_difference(current_actor(), difference_id, **entered.values),
        Text("已结案；事实再有变化会重新打开", "Closed; it opens again if its facts change"),
        difference_id,
    )


@blueprint.post(f"{DIFFERENCES}/<uuid:difference_id>/match")
@requires(Permission.DIFFERENCE_CLOSE)
def match_difference(difference_id: uuid.UUID) -> Response:
    """Say which payment of ours an outgoing entry was."""
    queries.get_difference(difference_id)
    item, _, subject_id = request.form.get("payment", "").partition(":")
    posted = {"item": item, "subject_id": subject_id}
    entered = forms.load(MatchOutgoingSchema(), posted)
    if entered.errors:
        layout.tell(Text("请选择一笔付款", "Choose a payment"), "bad")
        return redirect(f"{DIFFERENCES}/{difference_id}", 303)
    return _act(
        lambda: service.match_difference(current_actor(), difference_id, **entered.values),
        Text("已匹配，正在重新核对", "Matched; the day is compared again"),
        difference_id,
    )


@blueprint.post(f"{DIFFERENCES}/<uuid:difference_id>/unmatch")
@requires(Permission.DIFFERENCE_CLOSE)
def unmatch_difference(difference_id: uuid.UUID) -> Response:
    """Take back which entry a payment was matched with."""
    queries.get_difference(difference_id)
    return _act(
        lambda: service.unmatch_difference(current_actor(), difference_id),
        Text("已取消匹配，正在重新核对", "Taken back; the day is compared again"),
        difference_id,
    )


def _act(work: Callable[[], object], done: Text, difference_id: uuid.UUID) -> Response:
    try:
        with transaction():
            work()
    except (Conflict, Unprocessable) as problem:
        layout.tell(_said(problem), "bad")
    else:
        layout.tell(done)
    return redirect(f"{DIFFERENCES}/{difference_id}", 303)


def _said(problem: Problem) -> Text:
    return problem.detail or problem.title
