"""Refunds in pages: the buyer asks and withdraws, the cooperative answers."""

from __future__ import annotations

import uuid
from typing import Any

from flask import redirect, request
from werkzeug.wrappers import Response

from marketplace import forms, layout
from marketplace.cursors import paginate
from marketplace.database import transaction
from marketplace.errors import Conflict, NotFound, Problem, Unprocessable
from marketplace.http import requires
from marketplace.identity.actor import current_actor
from marketplace.language import Text
from marketplace.money import yuan
from marketplace.pages import PageBlueprint, render
from marketplace.permissions import Permission
from orders.aftersales import queries, service
from orders.aftersales.models import AftersalesCase
from orders.aftersales.schemas import AgreementSchema, RefundApplicationSchema, RefusalSchema
from orders.orderbook import wording
from orders.orderbook.showing import ShownLine, ShownOrder, show_orders
from orders.trades.queries import Standing, get_order, list_orders_with_lines
from orders.trades.states import AftersalesState

blueprint = PageBlueprint("aftersales_pages", __name__)

HOME = "/desk/refunds"
PAGE = 20
ALL = "all"

layout.add_workplace(20, Text("退款处理", "Refunds"), HOME, "refund", Permission.AFTER_SALES_ANSWER)


@blueprint.get("/orders/<uuid:order_id>/lines/<uuid:line_id>/refund")
@requires(Permission.AFTER_SALES_APPLY)
def show_refund_form(order_id: uuid.UUID, line_id: uuid.UUID) -> Response:
    """Show the form in which a buyer asks for a refund of a line."""
    shown, line = _bought_line(order_id, line_id)
    raw = {"quantity": str(line.refundable_quantity), "amount_yuan": yuan(line.refundable_fen)}
    return _form(shown, line, raw, {})


@blueprint.post("/orders/<uuid:order_id>/lines/<uuid:line_id>/refund")
@requires(Permission.AFTER_SALES_APPLY)
def ask_for_refund(order_id: uuid.UUID, line_id: uuid.UUID) -> Response:
    """Ask for a refund of a line."""
    shown, line = _bought_line(order_id, line_id)
    raw = request.form.to_dict()
    entered = forms.load(RefundApplicationSchema(), _application(line_id, raw))
    if not forms.fen_of(raw.get("amount_yuan", "")):
        entered.errors["amount_fen"] = str(forms.AMOUNT_UNREADABLE)
    if entered.errors:
        return _form(shown, line, raw, entered.errors)
    try:
        with transaction():
            service.apply_for_refund(current_actor(), order_id, **entered.values)
    except (Conflict, Unprocessable) as problem:
        fields = {name: str(text) for name, text in problem.fields.items()}
        return _form(shown, line, raw, fields, problem)
    layout.tell(Text("已提交，等合作社答复", "Sent; the cooperative will answer"), "waiting")
    return redirect(f"/orders/{order_id}", 303)


def _application(line_id: uuid.UUID, raw: dict[str, str]) -> dict[str, Any]:
    return {
        "order_line_id": str(line_id),
        "quantity": forms.whole_of(raw.get("quantity", "")) or 0,
        "amount_fen": forms.fen_of(raw.get("amount_yuan", "")),
        "reason": raw.get("reason", ""),
    }


@blueprint.post("/refunds/<uuid:case_id>/withdraw")
@requires(Permission.AFTER_SALES_APPLY)
def withdraw_refund(case_id: uuid.UUID) -> Response:
    """Take an unanswered application back."""
    with transaction():
        case = service.withdraw_application(current_actor(), case_id)
        order_id = case.order_id
    layout.tell(Text("申请已撤回", "Withdrawn"))
    return redirect(f"/orders/{order_id}", 303)


@blueprint.get(HOME)
@requires(Permission.AFTER_SALES_ANSWER)
def show_refunds() -> Response:
    """List what buyers ask of the cooperative: what awaits an answer, or all of it."""
    actor = current_actor()
    tab = ALL if request.args.get("tab") == ALL else ""
    state = None if tab == ALL else AftersalesState.APPLIED
    found = queries.narrow(queries.sold_cases(actor), state, None)
    page = paginate(found, [(AftersalesCase.id, "desc")], PAGE, request.args.get("after"))
    orders = list_orders_with_lines(order_ids=[case.order_id for case in page.items])
    shown = {one.order.id: one for one in show_orders(actor, orders, Standing.SELLER)}
    return render(
        "aftersales/refunds.html",
        tabs=[
            {"href": HOME, "label": Text("待答复", "To answer"), "is_chosen": tab != ALL},
            {"href": f"{HOME}?tab={ALL}", "label": Text("全部", "All"), "is_chosen": tab == ALL},
        ],
        cases=[_case(shown[case.order_id], case.id) for case in page.items],
        next_url=f"{HOME}?tab={tab}&after={page.next}" if page.next else None,
    )


@blueprint.post(f"{HOME}/<uuid:case_id>/answer")
@requires(Permission.AFTER_SALES_ANSWER)
def answer_refund(case_id: uuid.UUID) -> Response:
    """Agree to a refund, or refuse it and say why."""
    actor = current_actor()
    agrees = request.form.get("decision") == "agree"
    entered = forms.load(AgreementSchema() if agrees else RefusalSchema(), request.form)
    if entered.errors:
        layout.tell(Text("拒绝退款须写明理由", "A refusal must say why"), "bad")
        return redirect(HOME, 303)
    try:
        with transaction():
            if agrees:
                service.agree_to_refund(actor, case_id, answer=entered.values["answer"])
            else:
                service.refuse_refund(actor, case_id, **entered.values)
    except Conflict as problem:
        layout.tell(problem.title, "bad")
    else:
        layout.tell(
            Text("已同意，款项原路退回", "Agreed; the money goes back")
            if agrees
            else Text("已拒绝", "Refused")
        )
    return redirect(HOME, 303)


def _bought_line(order_id: uuid.UUID, line_id: uuid.UUID) -> tuple[ShownOrder, ShownLine]:
    actor = current_actor()
    shown = show_orders(actor, [get_order(actor, order_id)])[0]
    if shown.standing is not Standing.BUYER:
        raise NotFound
    for line in shown.lines:
        if line.line.id == line_id:
            return shown, line
    raise NotFound


def _form(
    shown: ShownOrder,
    line: ShownLine,
    raw: dict[str, str],
    errors: dict[str, str],
    problem: Problem | None = None,
) -> Response:
    return render(
        "aftersales/ask.html",
        422 if errors or problem else 200,
        order_no=shown.order.order_no,
        order_href=f"/orders/{shown.order.id}",
        line=wording.line_view(line, shown),
        form=raw,
        errors=errors,
        problem_here=problem,
    )


def _case(shown: ShownOrder, case_id: uuid.UUID) -> dict[str, Any]:
    names = {line.line.id: line.line.product_name for line in shown.lines}
    case = next(case for case in shown.cases if case.case.id == case_id)
    return {
        **wording.case_view(case, names),
        "order_no": shown.order.order_no,
        "order_href": f"/desk/orders/{shown.order.id}",
    }
