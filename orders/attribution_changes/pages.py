"""Changing for whom an order counts, in pages: the buyer's form and the office's list."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from typing import Any

from flask import redirect, request
from werkzeug.wrappers import Response

from marketplace import clock, forms, layout
from marketplace.cursors import paginate
from marketplace.database import transaction
from marketplace.desk.waiting import add_queue
from marketplace.errors import Conflict, Problem, Unprocessable
from marketplace.http import requires
from marketplace.identity.actor import Actor, current_actor
from marketplace.language import Text
from marketplace.pages import PageBlueprint, render
from marketplace.permissions import Permission
from orders.attribution_changes import queries, service
from orders.attribution_changes.errors import DecidedByApplicant
from orders.attribution_changes.models import AttributionChange, ChangeState
from orders.attribution_changes.schemas import ApplyForChangeSchema, DecideChangeSchema
from orders.checkout.attribution import list_units_bought_for
from orders.trades.models import Order
from orders.trades.states import OrderState
from partners.pairings.places import eastern_places
from partners.regions.queries import tree

blueprint = PageBlueprint("attribution_changes_pages", __name__)

HOME = "/office/attribution-changes"
PAGE = 20
UNIT = "unit:"
TONES = {
    ChangeState.APPLIED: "pending",
    ChangeState.APPROVED: "confirmed",
    ChangeState.REFUSED: "attention",
}

layout.add_workplace(
    47, Text("归属变更", "Attribution"), HOME, "both-ways", Permission.CREDIT_REVIEW
)
add_queue(
    HOME,
    Text("待审核", "to decide"),
    lambda actor: queries.select_changes(actor, state=ChangeState.APPLIED),
)


@blueprint.get("/orders/<uuid:order_id>/attribution")
@requires(Permission.TRADE_PLACE)
def show_attribution(order_id: uuid.UUID) -> Response:
    """Show for whom an order counts, what was asked, and the form to ask."""
    return _page(queries.get_own_order(current_actor(), order_id), {}, {}, None)


@blueprint.post("/orders/<uuid:order_id>/attribution")
@requires(Permission.TRADE_PLACE)
def apply_for_change(order_id: uuid.UUID) -> Response:
    """Ask that a paid order count for another unit or eastern region."""
    actor = current_actor()
    order, raw = queries.get_own_order(actor, order_id), request.form.to_dict()
    entered = forms.load(ApplyForChangeSchema(), _said(raw))
    if entered.errors:
        return _page(order, raw, entered.errors, None)
    try:
        with transaction():
            service.apply_for_change(actor, order_id, **entered.values)
    except (Conflict, Unprocessable) as problem:
        order = queries.get_own_order(actor, order_id)
        return _page(order, raw, forms.refused(problem), problem)
    layout.tell(Text("申请已提交，等对口办审核", "Sent; the office looks at it"))
    return redirect(f"/orders/{order_id}/attribution", 303)


def _said(raw: Mapping[str, str]) -> dict[str, str]:
    chosen = raw.get("to", "")
    said = {"reason": raw.get("reason", "")}
    if chosen.startswith(UNIT):
        return said | {"buying_unit_id": chosen.removeprefix(UNIT)}
    return said | {"region_code": chosen}


@blueprint.post("/orders/<uuid:order_id>/attribution/withdraw")
@requires(Permission.TRADE_PLACE)
def withdraw_change(order_id: uuid.UUID) -> Response:
    """Take the open application back."""
    try:
        with transaction():
            service.withdraw_change(current_actor(), order_id)
    except Conflict as problem:
        layout.tell(problem.title, "bad")
    else:
        layout.tell(Text("申请已撤回", "Withdrawn"))
    return redirect(f"/orders/{order_id}/attribution", 303)


def _page(
    order: Order, raw: Mapping[str, str], errors: dict[str, str], problem: Problem | None
) -> Response:
    changes = queries.list_of_order(order)
    units = list_units_bought_for(current_actor())
    choices = [(f"{UNIT}{unit.id}", unit.name) for unit in units]
    choices += eastern_places(clock.today())
    counts = order.sale_on is not None and order.state is not OrderState.CANCELLED
    is_open = any(one.state is ChangeState.APPLIED for one in changes)
    return render(
        "attribution_changes/apply.html",
        problem.status if problem else 422 if errors else 200,
        order={"id": order.id, "order_no": order.order_no, "now": _whose(
            order.buying_unit_name, order.attribution_code)},
        changes=[_card(one) for one in changes],
        can_apply=counts and not is_open,
        can_withdraw=is_open,
        choices=choices,
        form=raw,
        errors=errors,
        problem_here=problem,
    )  # fmt: skip


def _whose(unit_name: str | None, code: str | None) -> str:
    region = tree().full_name(code) if code and code in tree() else ""
    return " · ".join(filter(None, (unit_name, region))) or str(Text("未选择", "Not chosen"))


def _card(change: AttributionChange) -> dict[str, Any]:
    return {
        "id": change.id,
        "state_label": change.state.label,
        "tone": TONES.get(change.state, ""),
        "is_open": change.state is ChangeState.APPLIED,
        "before": _whose(change.from_unit_name, change.from_code),
        "after": _whose(change.to_unit_name, change.to_code),
        "reason": change.reason,
        "note": change.note,
        "applied_at": change.applied_at,
    }


@blueprint.get(HOME)
@requires(Permission.QUOTA_READ)
def show_attribution_changes() -> Response:
    """List the applications that the reader's office decides, those that wait first."""
    return _list({})


def _list(errors: dict[str, str]) -> Response:
    actor = current_actor()
    given = request.args.get("state", ChangeState.APPLIED)
    state = ChangeState(given) if given in set(ChangeState) else ChangeState.APPLIED
    statement = queries.select_changes(actor, state=state)
    page = paginate(statement, queries.ORDER, PAGE, request.args.get("after"))
    orders = queries.list_orders_of(page.items)
    return render(
        "attribution_changes/list.html",
        422 if errors else 200,
        tabs=[
            {"href": f"{HOME}?state={one}", "label": one.label, "is_chosen": one is state}
            for one in ChangeState
        ],
        changes=[
            {**_card(one), "order_no": orders[one.order_id].order_no,
             "cooperative_name": orders[one.order_id].cooperative_name,
             "total_fen": orders[one.order_id].total_fen,
             "sale_on": orders[one.order_id].sale_on}
            for one in page.items
        ],
        may_decide=actor.can(Permission.CREDIT_REVIEW),
        next_url=f"{HOME}?state={state}&after={page.next}" if page.next else None,
        errors=errors,
    )  # fmt: skip


@blueprint.post(f"{HOME}/<uuid:change_id>/approve")
@requires(Permission.CREDIT_REVIEW)
def approve_change(change_id: uuid.UUID) -> Response:
    """Let the order and its credit count for whom it was asked."""
    return _decide(change_id, service.approve_change, Text("已同意，计入随之变更", "Approved"))


@blueprint.post(f"{HOME}/<uuid:change_id>/refuse")
@requires(Permission.CREDIT_REVIEW)
def refuse_change(change_id: uuid.UUID) -> Response:
    """Leave the order as it counts."""
    return _decide(change_id, service.refuse_change, Text("已答复：不同意变更", "Refused"))


def _decide(change_id: uuid.UUID, decide: Callable[..., object], done: Text) -> Response:
    actor: Actor = current_actor()
    queries.find_decidable(actor, change_id)
    entered = forms.load(DecideChangeSchema(), request.form)
    if entered.errors:
        return _list(entered.errors)
    try:
        with transaction():
            decide(actor, change_id, **entered.values)
    except (Conflict, DecidedByApplicant) as problem:
        layout.tell(problem.title, "bad")
    else:
        layout.tell(done)
    return redirect(HOME, 303)
