"""Releasing the statements that an officer ticked on the list."""

from __future__ import annotations

import uuid

from flask import redirect, request
from werkzeug.wrappers import Response

from marketplace import layout
from marketplace.database import transaction
from marketplace.http import requires
from marketplace.identity.actor import current_actor
from marketplace.language import Text
from marketplace.pages import PageBlueprint
from marketplace.permissions import Permission
from orders.releases.service import MOST, Outcome, release_statements
from orders.settlements.pages import HOME, list_address
from orders.settlements.states import StatementState

blueprint = PageBlueprint("releases_pages", __name__)

# More refusals than this are counted, not told one by one.
TOLD = 8


@blueprint.post(f"{HOME}/release")
@requires(Permission.STATEMENT_RELEASE)
def release_chosen_statements() -> Response:
    """Release the chosen statements, and say what became of each."""
    back = redirect(list_address(request.form.get("state"), request.form.get("q")), 303)
    chosen = {found for given in request.form.getlist("statement") for found in _ids(given)}
    if not 0 < len(chosen) <= MOST:
        layout.tell(
            Text("请勾选 1 至 {most} 张结算单", "Tick 1 to {most} statements").format(most=MOST),
            "bad",
        )
        return back
    with transaction():
        outcomes = release_statements(current_actor(), chosen)
        _tell(outcomes)
    return back


def _ids(given: str) -> list[uuid.UUID]:
    try:
        return [uuid.UUID(given)]
    except ValueError:
        return []


def _tell(outcomes: list[Outcome]) -> None:
    noted = [one.statement for one in outcomes if one.statement and one.refusal is None]
    released = sum(one.state is StatementState.RELEASED for one in noted)
    refused = [one for one in outcomes if one.refusal is not None]
    if released:
        layout.tell(
            Text("已放款 {n} 张，待银行付款", "{n} released, waiting for the bank").format(
                n=released
            )
        )
    if len(noted) > released:
        layout.tell(
            Text(
                "已记下您对 {n} 张的同意；另一位财务也同意后才放款",
                "Noted for {n}; they are released once another officer agrees",
            ).format(n=len(noted) - released),
            "waiting",
        )
    for one in refused[:TOLD]:
        number = one.statement.statement_no if one.statement else "—"
        why = one.refusal.title if one.refusal else ""
        layout.tell(Text("{no}：{why}", "{no}: {why}").format(no=number, why=why), "bad")
    if len(refused) > TOLD:
        layout.tell(
            Text("另有 {n} 张没有放款", "{n} more were not released").format(n=len(refused) - TOLD),
            "bad",
        )
