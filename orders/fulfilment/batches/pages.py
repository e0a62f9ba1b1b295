"""Many waybills at the desk: paste or upload, look at every row, then record what can be sent."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

from flask import request
from werkzeug.wrappers import Response

from marketplace.errors import PayloadTooLarge, Problem, Unprocessable
from marketplace.http import attached, requires
from marketplace.identity.actor import Actor, ScopeKind, current_actor
from marketplace.pages import PageBlueprint, render
from marketplace.permissions import Permission
from marketplace.spreadsheets import MAX_BYTES, XLSX, read_rows
from orders.fulfilment.batches.checking import CheckedParcel, RowState, check_parcels
from orders.fulfilment.batches.errors import WaybillTableMissing, WaybillTableTooLong
from orders.fulfilment.batches.reading import (
    MAX_ROWS,
    Entered,
    keep_rows,
    read_table,
    read_text,
    write_template,
    write_text,
)
from orders.fulfilment.batches.running import send_parcels
from orders.fulfilment.pick_lists import make_pick_list

blueprint = PageBlueprint("waybill_batches_pages", __name__)

HOME = "/desk/orders/waybills"


@blueprint.get(HOME)
@requires(Permission.ORDER_SHIP)
def show_waybills() -> Response:
    """Show where waybills are pasted or uploaded."""
    return _page("", [], None)


@blueprint.get(f"{HOME}/template.xlsx")
@requires(Permission.ORDER_SHIP)
def take_waybill_template() -> Response:
    """Take a table to fill in, with the orders that wait."""
    listed = make_pick_list(current_actor())
    return attached(write_template(listed), XLSX, "waybills.xlsx")


@blueprint.post(HOME)
@requires(Permission.ORDER_SHIP)
def enter_waybills() -> Response:
    """Look at a table, or record what of it can be sent; what is at fault stays to be corrected."""
    actor = current_actor()
    text = request.form.get("rows", "")
    try:
        entered = _read(text)
    except (Unprocessable, PayloadTooLarge) as problem:
        return _page(text, [], problem)
    if request.form.get("step") == "send":
        parcels = send_parcels(actor, _own(actor), entered)
        wrong = [one for parcel in parcels if parcel.state is RowState.WRONG
                 for one in parcel.entered]  # fmt: skip
        return _page(keep_rows(wrong) if wrong else "", parcels, None, is_done=True)
    # Rows keep the numbers that they have in the file, or in what was pasted.
    text = write_text(entered) if _is_file() else text
    return _page(text, check_parcels(_own(actor), entered), None)


def _is_file() -> bool:
    given = request.files.get("file")
    return given is not None and bool(given.filename)


def _read(text: str) -> list[Entered]:
    given = request.files.get("file")
    if given is not None and given.filename:
        with given.stream as stream:
            entered = read_table(read_rows(stream.read(MAX_BYTES + 1)))
    else:
        entered = read_text(text)
    if not entered:
        raise WaybillTableMissing
    if len(entered) > MAX_ROWS:
        raise WaybillTableTooLong(MAX_ROWS)
    return entered


def _own(actor: Actor) -> frozenset[uuid.UUID]:
    return actor.scopes(Permission.ORDER_SHIP, ScopeKind.COOPERATIVE)


def _page(
    text: str, parcels: Sequence[CheckedParcel], problem: Problem | None, *, is_done: bool = False
) -> Response:
    counts = {state: sum(one.state is state for one in parcels) for state in RowState}
    return render(
        "batches/waybills.html",
        problem.status if problem else 200,
        text=text,
        parcels=sorted(
            parcels, key=lambda one: (one.state is not RowState.WRONG, min(one.rows, default=0))
        ),
        counts=counts,
        is_done=is_done,
        problem_here=problem,
        limit=MAX_ROWS,
    )
