"""The pages of requisitions: my own, those that wait for me, one of them, and the unit's rule."""

from __future__ import annotations

import uuid
from typing import Any

from flask import redirect, request
from werkzeug.wrappers import Response

from marketplace import forms, layout
from marketplace.cursors import paginate
from marketplace.database import transaction
from marketplace.desk.waiting import add_queue
from marketplace.errors import Conflict, Forbidden, Problem, Unprocessable
from marketplace.http import requires
from marketplace.identity.actor import Actor, ScopeKind, current_actor
from marketplace.identity.queries import get_account
from marketplace.language import Text
from marketplace.pages import PageBlueprint, render
from marketplace.permissions import Permission
from orders.checkout.quoting import Quote
from orders.requisitions import queries, service
from orders.requisitions.models import Requisition, RequisitionState
from orders.requisitions.schemas import RefuseRequisitionSchema
from orders.requisitions.showing import show
from partners.buying_units import approval
from partners.buying_units.models import BuyingUnit
from partners.buying_units.queries import get_buying_unit, list_active_units, lock_buying_unit
from partners.regions.queries import tree

blueprint = PageBlueprint("requisitions_pages", __name__)

HOME = "/requisitions"
PAGE = 10
TONES = {
    RequisitionState.SUBMITTED: "pending",
    RequisitionState.RETURNED: "attention",
    RequisitionState.APPROVED: "confirmed",
    RequisitionState.REFUSED: "attention",
}

layout.add_workplace(
    3, Text("采购申请", "Requisitions"), HOME, "certificate", Permission.REQUISITION_READ
)
add_queue(
    HOME,
    Text("待审批", "to approve"),
    queries.select_waiting_for,
    href=f"{HOME}?tab=waiting",
)


@blueprint.get("/requisitions")
@requires(Permission.REQUISITION_READ)
def show_requisitions() -> Response:
    """List what waits for the reader's decision, what the reader asked for, or the unit's all."""
    actor = current_actor()
    waiting = queries.count_waiting_for(actor)
    tab = request.args.get("tab") or ("waiting" if waiting else "mine")
    statement = {
        "waiting": queries.select_waiting_for(actor),
        "mine": queries.select_requisitions(queries.requested_by(actor)),
    }.get(tab, queries.select_requisitions(queries.visible_to(actor)))
    page = paginate(statement, [(Requisition.id, "desc")], PAGE, request.args.get("after"))
    tabs = (
        ("mine", Text("我提交的", "Mine"), 0),
        ("waiting", Text("待我审批", "Waiting for me"), waiting),
        ("all", Text("本单位全部", "All of my unit"), 0),
    )
    return render(
        "requisitions/requisitions.html",
        tabs=[{"href": f"{HOME}?tab={name}", "label": label, "count": count,
               "is_chosen": name == tab} for name, label, count in tabs],
        rows=page.items,
        tones=TONES,
        next_url=f"{HOME}?tab={tab}&after={page.next}" if page.next else None,
        units=_units(actor),
    )  # fmt: skip


@blueprint.get("/requisitions/<uuid:requisition_id>")
@requires(Permission.REQUISITION_READ)
def view_requisition(requisition_id: uuid.UUID) -> Response:
    """Show one requisition and what the reader may do about it."""
    return _page(queries.get_requisition(current_actor(), requisition_id))


def _page(
    row: Requisition, problem: Problem | None = None, errors: dict[str, str] | None = None
) -> Response:
    actor = current_actor()
    shown = show(actor, row)
    quote = _quote_now(actor, row) if "resubmit" in shown.actions else None
    return render(
        "requisitions/requisition.html",
        200 if problem is None else problem.status,
        row=row,
        shown=shown,
        tone=TONES.get(row.state, ""),
        region_name=tree().full_name(row.request["ship_to_code"]),
        remarks=_remarks(row) if shown.ship_to else [],
        requester=get_account(row.requested_by).phone_masked or "",
        is_mine=row.requested_by == actor.id,
        quote=quote,
        gone_coupons=service.count_gone_coupons(row, quote) if quote else 0,
        problem_here=problem,
        errors=errors or {},
        form=request.form,
    )


def _remarks(row: Requisition) -> list[tuple[str, str]]:
    said = row.request.get("remarks") or {}
    return [
        (order["cooperative_name"], said[order["cooperative_id"]])
        for order in row.shown["orders"]
        if order["cooperative_id"] in said
    ]


def _quote_now(actor: Actor, row: Requisition) -> Quote | None:
    try:
        return service.quote_now(actor, row)
    except Unprocessable:
        # Nothing of it can be bought any more, or the clerk no longer buys for the unit.
        return None


@blueprint.post("/requisitions/<uuid:requisition_id>/decide")
@requires(Permission.REQUISITION_DECIDE)
def decide_requisition(requisition_id: uuid.UUID) -> Response:
    """Approve or refuse, as a second person."""
    actor = current_actor()
    is_refusal = request.form.get("decision") == "refuse"
    entered = forms.load(RefuseRequisitionSchema(), request.form)
    try:
        with transaction():
            row = service.lock_to_decide(actor, requisition_id)
            forms.check_version(request.form, row.version)
            if is_refusal and entered.errors:
                return _page(row, Unprocessable(), entered.errors)
            if is_refusal:
                service.refuse_requisition(actor, row, **entered.values)
            else:
                service.approve_requisition(actor, row)
            state = row.state
    except (Conflict, Forbidden) as problem:
        return _page(queries.get_requisition(actor, requisition_id), problem)
    _tell(state)
    return redirect(f"{HOME}/{requisition_id}", 303)


def _tell(state: RequisitionState) -> None:
    said = {
        RequisitionState.APPROVED: (
            Text(
                "已批准并下单，经办人可在 3 天内付款", "Approved and placed; to be paid in 3 days"
            ),
            "good",
        ),
        RequisitionState.REFUSED: (Text("已退回，未予批准", "Refused"), "good"),
        RequisitionState.RETURNED: (
            Text(
                "价格或库存有变化，没有下单；申请已退回经办人确认",
                "Prices or stock have changed: nothing was placed, the clerk is asked again",
            ),
            "waiting",
        ),
    }
    layout.tell(*said[state])


@blueprint.post("/requisitions/<uuid:requisition_id>/withdraw")
@requires(Permission.TRADE_PLACE)
def withdraw_requisition(requisition_id: uuid.UUID) -> Response:
    """Take one's own requisition back."""
    actor = current_actor()
    try:
        with transaction():
            service.withdraw_requisition(actor, service.lock_requested(actor, requisition_id))
    except Conflict as problem:
        layout.tell(problem.title, "bad")
    else:
        layout.tell(Text("已撤回", "Withdrawn"))
    return redirect(f"{HOME}/{requisition_id}", 303)


@blueprint.post("/requisitions/<uuid:requisition_id>/resubmit")
@requires(Permission.TRADE_PLACE)
def resubmit_requisition(requisition_id: uuid.UUID) -> Response:
    """Ask again at what it costs now."""
    actor = current_actor()
    try:
        with transaction():
            service.resubmit_requisition(
                actor,
                service.lock_requested(actor, requisition_id),
                quote_digest=request.form.get("quote_digest", ""),
            )
    except (Conflict, Unprocessable) as problem:
        layout.tell(problem.title, "bad")
    else:
        layout.tell(Text("已重新提交，等待审批", "Submitted again; it waits for approval"))
    return redirect(f"{HOME}/{requisition_id}", 303)


@blueprint.post("/requisitions/<uuid:requisition_id>/put-back")
@requires(Permission.TRADE_PLACE)
def put_back_requisition(requisition_id: uuid.UUID) -> Response:
    """Put the goods of a requisition that led to nothing back into the cart."""
    actor = current_actor()
    with transaction():
        service.put_back_into_cart(actor, service.lock_requested(actor, requisition_id))
    return redirect("/cart", 303)


def _units(actor: Actor) -> list[BuyingUnit]:
    return list_active_units(actor.scopes(Permission.APPROVAL_RULE_WRITE, ScopeKind.BUYING_UNIT))


@blueprint.get("/requisitions/rules/<uuid:unit_id>")
@requires(Permission.APPROVAL_RULE_WRITE)
def show_approval_rule(unit_id: uuid.UUID) -> Response:
    """Show from which amount on a unit's purchases are approved."""
    unit = get_buying_unit(unit_id, approval.ruled_by(current_actor()))
    fen = unit.approval_from_fen
    return _rule_page(unit, {"amount": "" if fen is None else f"{fen / 100:.2f}"})


@blueprint.post("/requisitions/rules/<uuid:unit_id>")
@requires(Permission.APPROVAL_RULE_WRITE)
def set_approval_rule(unit_id: uuid.UUID) -> Response:
    """Change from which amount on a unit's purchases are approved; empty: none are."""
    actor = current_actor()
    typed = request.form.get("amount", "").strip()
    from_fen = forms.fen_of(typed) if typed else None
    raw = {"amount": typed}
    unit = get_buying_unit(unit_id, approval.ruled_by(actor))
    if typed and from_fen is None:
        return _rule_page(unit, raw, errors={"amount": str(forms.AMOUNT_UNREADABLE)})
    try:
        with transaction():
            unit = lock_buying_unit(unit_id, approval.ruled_by(actor))
            forms.check_version(request.form, unit.version)
            approval.set_approval_rule(actor, unit, approval_from_fen=from_fen)
    except (Conflict, Forbidden) as problem:
        return _rule_page(get_buying_unit(unit_id, approval.ruled_by(actor)), raw, problem)
    layout.tell(Text("审批规则已保存", "The rule is saved"))
    return redirect(f"{HOME}/rules/{unit_id}", 303)


def _rule_page(
    unit: BuyingUnit,
    raw: dict[str, str],
    problem: Problem | None = None,
    errors: dict[str, Any] | None = None,
) -> Response:
    status = problem.status if problem is not None else 422 if errors else 200
    return render(
        "requisitions/rule.html", status, unit=unit, form=raw, problem_here=problem,
        errors=errors or {},
    )  # fmt: skip
