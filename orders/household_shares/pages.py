"""What went back to households, in pages: entered by cooperatives, attested by offices, published."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

from flask import redirect, request
from werkzeug.wrappers import Response

from marketplace import clock, forms, layout
from marketplace.database import transaction
from marketplace.errors import Conflict, Forbidden, Problem, Unprocessable
from marketplace.forms import whole_of
from marketplace.http import requires
from marketplace.identity.actor import current_actor
from marketplace.language import Text
from marketplace.pages import PageBlueprint, render
from marketplace.permissions import Permission, ScopeKind
from orders.household_shares import queries, service, showing, summary
from orders.household_shares.entering import (
    Entry,
    begin_entry,
    check_entry,
    correct_entry,
    read_entry,
)
from orders.household_shares.kinds import ExcessReason, HouseholdKind, ReturnReason, ShareState
from orders.household_shares.schemas import MAX_LINES, ReturnHouseholdShareSchema
from orders.settlements.models import Statement
from orders.settlements.queries import get_statement
from partners.regions.queries import tree

blueprint = PageBlueprint("household_shares_pages", __name__)

OFFICE = "/office/households"
PUBLIC = "/households"
PAGE = 20
FIRST_YEAR = 2020
_TONES = {
    ShareState.ENTERED: "pending",
    ShareState.ATTESTED: "confirmed",
    ShareState.RETURNED: "attention",
}

layout.add_workplace(
    47, Text("返还农户", "Households"), OFFICE, "leaf", Permission.HOUSEHOLD_SHARE_SUM
)


def _view(shown: showing.ShownShare) -> dict[str, Any]:
    share = shown.share
    return {
        "it": share,
        "statement_no": shown.statement_no,
        "cooperative_name": shown.cooperative_name,
        "state_label": share.state.label,
        "tone": _TONES.get(share.state, ""),
        "href": f"{OFFICE}/{share.id}",
        "lines": [(line, _place(line.place_code), line.kind.label) for line in shown.lines],
        "excess": share.excess_reason.label if share.excess_reason else None,
        "returned": share.return_reason.label if share.return_reason else None,
    }


def _place(code: str) -> str:
    county = tree().full_name(code[:6]) if code[:6] in tree() else ""
    return f"{county} {code}".strip()


@blueprint.get("/desk/statements/<uuid:statement_id>/households")
@requires(Permission.HOUSEHOLD_SHARE_READ)
def show_households(statement_id: uuid.UUID) -> Response:
    """Show what of a statement went back to households, and the form to enter or correct it."""
    return _entry_page(statement_id)


def _entry_page(statement_id: uuid.UUID, entry: Entry | None = None) -> Response:
    actor = current_actor()
    statement = get_statement(statement_id, queries.statements_read_by(actor))
    revisions = showing.show_revisions(statement)
    entry = entry or _begin(revisions, statement)
    is_frozen = any(one.share.state is ShareState.ATTESTED for one in revisions)
    is_mine = statement.cooperative_id in actor.scopes(
        Permission.HOUSEHOLD_SHARE_WRITE, ScopeKind.COOPERATIVE
    )
    return render(
        "household_shares/entry.html",
        422 if entry.wrong else 200,
        statement=statement,
        revisions=[_view(one) for one in revisions],
        can_enter=is_mine and not is_frozen,
        entry=entry,
        is_full=len(entry.rows) >= MAX_LINES,
        kinds=[(kind, kind.label) for kind in HouseholdKind],
        excesses=[(reason, reason.label) for reason in ExcessReason],
    )


def _begin(revisions: list[showing.ShownShare], statement: Statement) -> Entry:
    """Return the newest revision to be corrected, else an empty form in the cooperative's county."""
    home_code = queries.find_home_code(statement)
    if not revisions:
        return begin_entry(home_code)
    newest = revisions[0]
    raw = {
        "vouchers": str(newest.share.vouchers),
        "excess_reason": newest.share.excess_reason or "",
    }
    return correct_entry(newest.lines, raw, home_code)


@blueprint.post("/desk/statements/<uuid:statement_id>/households")
@requires(Permission.HOUSEHOLD_SHARE_WRITE)
def enter_households(statement_id: uuid.UUID) -> Response:
    """Enter, or correct, what of a statement went back to households."""
    actor = current_actor()
    statement = get_statement(statement_id, queries.statements_written_by(actor))
    entry = read_entry(request.form)
    if request.form.get("step") == "more":
        entry.grow(queries.find_home_code(statement))
        return _entry_page(statement_id, entry)
    values = check_entry(entry)
    if values is None:
        return _entry_page(statement_id, entry)
    try:
        with transaction():
            service.enter_share(actor, statement_id, **values)
    except Unprocessable as problem:
        entry.note(forms.refused(problem))
        return _entry_page(statement_id, entry)
    except Conflict as problem:
        layout.tell(problem.title, "bad")
    else:
        layout.tell(Text("已登记，等对口办认定", "Entered; the office will attest it"))
    return redirect(f"/desk/statements/{statement_id}/households", 303)


@blueprint.get(OFFICE)
@requires(Permission.HOUSEHOLD_SHARE_SUM)
def show_office() -> Response:
    """Show an office what waits to be attested, and the sums of a year."""
    actor = current_actor()
    state = request.args.get("state", ShareState.ENTERED)
    wanted = ShareState(state) if state in set(ShareState) else None
    page = showing.page_of_shares(actor, wanted, PAGE, request.args.get("after"))
    year = _year()
    return render(
        "household_shares/office.html",
        year=year,
        years=_years(),
        sums=summary.list_for_office(actor, year),
        shares=[_view(shown) for shown in page.items],
        tabs=[
            {
                "href": f"{OFFICE}?state={one}&year={year}",
                "label": one.label,
                "is_chosen": one is wanted,
            }
            for one in (ShareState.ENTERED, ShareState.ATTESTED, ShareState.RETURNED)
        ],
        next_url=(f"{OFFICE}?state={state}&year={year}&after={page.next}" if page.next else None),
    )


@blueprint.get(f"{OFFICE}/<uuid:share_id>")
@requires(Permission.HOUSEHOLD_SHARE_READ)
def show_share(share_id: uuid.UUID) -> Response:
    """Show a share, and what an office may do with it."""
    actor = current_actor()
    shown = showing.show_share(actor, share_id)
    waits = shown.share.state is ShareState.ENTERED
    return render(
        "household_shares/share.html",
        share=_view(shown),
        can_review=waits and actor.can(Permission.HOUSEHOLD_SHARE_ATTEST),
        reasons=[(reason, reason.label) for reason in ReturnReason],
    )


@blueprint.post(f"{OFFICE}/<uuid:share_id>/attest")
@requires(Permission.HOUSEHOLD_SHARE_ATTEST)
def attest_share(share_id: uuid.UUID) -> Response:
    """Attest a share."""
    return _review(
        share_id,
        lambda: service.attest_share(current_actor(), share_id),
        Text("已认定，计入公布的数字", "Attested; it counts in what is published"),
    )


@blueprint.post(f"{OFFICE}/<uuid:share_id>/return")
@requires(Permission.HOUSEHOLD_SHARE_ATTEST)
def return_share(share_id: uuid.UUID) -> Response:
    """Send a share back."""
    queries.get_share(share_id, queries.attestable_by(current_actor()))
    entered = forms.load(ReturnHouseholdShareSchema(), request.form)
    if entered.errors:
        layout.tell(Text("请选择退回的原因", "Choose why it is sent back"), "bad")
        return redirect(f"{OFFICE}/{share_id}", 303)
    return _review(
        share_id,
        lambda: service.return_share(current_actor(), share_id, **entered.values),
        Text("已退回合作社更正", "Sent back to be corrected"),
    )


def _review(share_id: uuid.UUID, work: Callable[[], object], done: Text) -> Response:
    try:
        with transaction():
            work()
    except (Conflict, Forbidden) as problem:
        layout.tell(_why(problem), "bad")
    else:
        layout.tell(done)
    return redirect(f"{OFFICE}/{share_id}", 303)


def _why(problem: Problem) -> Text:
    return problem.detail or problem.title


@blueprint.get(PUBLIC)
@requires(Permission.PUBLIC)
def show_published() -> Response:
    """Show the public what went back to households in a year."""
    year = _year()
    return render(
        "household_shares/published.html",
        published=summary.get_published(year),
        years=_years(),
        small=summary.SMALL,
    )


def _years() -> range:
    return range(clock.today().year, FIRST_YEAR - 1, -1)


def _year() -> int:
    asked = whole_of(request.args.get("year", "")) or 0
    return asked if asked in _years() else clock.today().year
