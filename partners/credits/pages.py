"""A credited sale with its evidence, the sales that wait for an office, and what it decides."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from flask import redirect, request
from werkzeug.wrappers import Response

from marketplace import forms, layout
from marketplace.cursors import paginate
from marketplace.database import transaction
from marketplace.desk.waiting import add_queue
from marketplace.errors import Conflict, Unprocessable
from marketplace.http import requires
from marketplace.identity.actor import Actor, current_actor
from marketplace.language import Text
from marketplace.pages import PageBlueprint, render
from marketplace.permissions import Permission
from partners.credits import evidence, queries, reviews
from partners.credits.schemas import NoteSchema, SettleTieSchema

blueprint = PageBlueprint("credits_pages", __name__)

HOME = "/office/held"
PAGE = 20

layout.add_workplace(44, Text("暂缓核实", "Held sales"), HOME, "flag", Permission.QUOTA_READ)
add_queue(
    HOME, Text("待核实", "to check"), queries.select_held, permission=Permission.CREDIT_REVIEW
)


@blueprint.get(HOME)
@requires(Permission.QUOTA_READ)
def show_held_sales() -> Response:
    """List the sales of the reader's region whose credit waits for an office, the oldest first."""
    statement = queries.select_held(current_actor())
    page = paginate(statement, queries.HELD_ORDER, PAGE, request.args.get("after"))
    return render(
        "credits/held.html",
        sales=[evidence.card(sale) for sale in page.items],
        next_url=f"{HOME}?after={page.next}" if page.next else None,
    )


@blueprint.get("/office/sales/<uuid:line_id>")
@requires(Permission.QUOTA_READ)
def show_credited_sale(line_id: UUID) -> Response:
    """Show a sale's facts, what it counts for under each scheme, and every movement."""
    return _page(line_id, {})


def _page(line_id: UUID, errors: dict[str, str]) -> Response:
    actor = current_actor()
    sale = queries.get_sale(actor, line_id)
    outcomes = queries.list_outcomes([sale.id])
    tied = [pairing for one in outcomes for pairing in one.tied_pairing_ids]
    return render(
        "credits/sale.html",
        422 if errors else 200,
        sale=evidence.card(sale),
        facts=evidence.facts(sale),
        outcomes=[evidence.outcome_view(one) for one in outcomes],
        movements=[evidence.movement_view(one) for one in queries.list_movements(sale)],
        tied=evidence.pairing_choices(tied),
        may_decide=actor.can(Permission.CREDIT_REVIEW),
        errors=errors,
    )


def _decide(
    line_id: UUID, schema: NoteSchema, take: Callable[[Actor, dict[str, Any]], None], done: Text
) -> Response:
    """Take an office's decision on a sale that its reader may see."""
    actor = current_actor()
    queries.get_sale(actor, line_id)
    entered = forms.load(schema, request.form)
    if entered.errors:
        return _page(line_id, entered.errors)
    try:
        with transaction():
            take(actor, entered.values)
    except (Conflict, Unprocessable) as problem:
        layout.tell(problem.title, "bad")
    else:
        layout.tell(done)
    return redirect(f"/office/sales/{line_id}", 303)


@blueprint.post("/office/sales/<uuid:line_id>/hold")
@requires(Permission.CREDIT_REVIEW)
def hold_doubtful_sale(line_id: UUID) -> Response:
    """Hold a doubtful sale's credit until it has been looked at."""
    return _decide(
        line_id, NoteSchema(), lambda actor, said: reviews.hold_sale(actor, line_id, **said),
        Text("已暂缓，等核实", "Held until it is checked"),
    )  # fmt: skip


@blueprint.post("/office/sales/<uuid:line_id>/release")
@requires(Permission.CREDIT_REVIEW)
def release_held_sale(line_id: UUID) -> Response:
    """Let a held sale's credit go on."""
    return _decide(
        line_id, NoteSchema(), lambda actor, said: reviews.release_sale(actor, line_id, **said),
        Text("已解除暂缓，继续计入", "Released; it counts again"),
    )  # fmt: skip


@blueprint.post("/office/sales/<uuid:line_id>/refuse")
@requires(Permission.CREDIT_REVIEW)
def refuse_held_sale(line_id: UUID) -> Response:
    """Let a held sale count nowhere."""
    return _decide(
        line_id, NoteSchema(), lambda actor, said: reviews.refuse_sale(actor, line_id, **said),
        Text("已核定不计入", "Decided: it does not count"),
    )  # fmt: skip


@blueprint.post("/office/sales/<uuid:line_id>/settle")
@requires(Permission.CREDIT_REVIEW)
def settle_tied_sale(line_id: UUID) -> Response:
    """Choose the pairing that a sale counts for, where several tie."""
    return _decide(
        line_id, SettleTieSchema(), lambda actor, said: reviews.settle_tie(actor, line_id, **said),
        Text("已确定计入的结对", "The pairing is chosen"),
    )  # fmt: skip
