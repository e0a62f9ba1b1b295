"""After-sales in the buyer's pages: apply, follow a case, send goods back, go to the platform."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

from flask import redirect, request
from werkzeug.wrappers import Response

from marketplace import forms, layout
from marketplace.database import transaction
from marketplace.errors import Conflict, NotFound, Problem, Unprocessable
from marketplace.http import Schema, requires
from marketplace.identity.actor import current_actor
from marketplace.language import Text
from marketplace.money import yuan
from marketplace.pages import PageBlueprint, render
from marketplace.permissions import Permission
from orders.aftersales import queries, service
from orders.aftersales.errors import (
    AftersalesWindowClosed,
    NothingLeftToClaim,
    RefundExceedsQuantity,
)
from orders.aftersales.evidence.pages import take_uploads
from orders.aftersales.models import CaseCause, CaseKind
from orders.aftersales.rules import CAUSE_TITLES, KIND_TITLES, RETURNABLE, is_unsettled
from orders.aftersales.schemas import (
    EscalationSchema,
    InterceptionSchema,
    RefundApplicationSchema,
    SentBackSchema,
)
from orders.aftersales.wording import case_page
from orders.orderbook import wording
from orders.orderbook.couriers import COURIERS
from orders.orderbook.showing import ShownLine, ShownOrder, show_cases, show_orders
from orders.trades.models import Order
from orders.trades.queries import Standing, get_order
from orders.trades.states import By
from products.storefront.showing import RETURNS

blueprint = PageBlueprint("aftersales_pages", __name__)

_KIND_HINTS = {
    CaseKind.REFUND_ONLY: Text(
        "没发货、没收到，或协商退差价", "Not shipped, not received, or an agreed compensation"
    ),
    CaseKind.RETURN: Text("商品寄回后退款", "The money goes back once the goods are back"),
    CaseKind.EXCHANGE: Text("寄回后换一件同样的", "The same again, once the goods are back"),
}


@blueprint.get("/orders/<uuid:order_id>/lines/<uuid:line_id>/refund")
@requires(Permission.AFTER_SALES_APPLY)
def show_refund_form(order_id: uuid.UUID, line_id: uuid.UUID) -> Response:
    """Show the form in which a buyer asks for a refund, a return or an exchange of a line.

    The amount is left open: it follows the quantity, ``?quantity=`` if one is given.
    """
    shown, line = _bought_line(order_id, line_id)
    problem = _why_not(shown, line)
    if problem is not None:
        layout.tell(problem.title, "bad")
        return redirect(f"/orders/{order_id}", 303)
    raw = {
        "quantity": request.args.get("quantity", str(line.refundable_quantity)),
        "kind": CaseKind.RETURN if line.line.shipped_quantity else CaseKind.REFUND_ONLY,
    }
    return _form(shown, line, raw, {})


@blueprint.post("/orders/<uuid:order_id>/lines/<uuid:line_id>/refund")
@requires(Permission.AFTER_SALES_APPLY)
def ask_for_refund(order_id: uuid.UUID, line_id: uuid.UUID) -> Response:
    """Apply for a line; photos are added to the case once it stands."""
    shown, line = _bought_line(order_id, line_id)
    raw = request.form.to_dict()
    entered = forms.load(RefundApplicationSchema(), _application(line_id, raw))
    amount = raw.get("amount_yuan", "").strip()
    if raw.get("kind") != CaseKind.EXCHANGE and amount and not forms.fen_of(amount):
        entered.errors["amount_fen"] = str(forms.AMOUNT_UNREADABLE)
    if forms.whole_of(raw.get("quantity", "")) is None:
        entered.errors["quantity"] = str(forms.NUMBER_UNREADABLE)
    if entered.errors:
        return _form(shown, line, raw, entered.errors)
    try:
        with transaction():
            case = service.apply_for_refund(current_actor(), order_id, **entered.values)
            case_id = case.id
    except (Conflict, Unprocessable) as problem:
        return _form(shown, line, raw, forms.refused(problem), problem)
    layout.tell(Text("已提交，等合作社答复", "Sent; the cooperative will answer"), "waiting")
    take_uploads(case_id, By.BUYER)
    return redirect(f"/orders/{order_id}", 303)


def _application(line_id: uuid.UUID, raw: dict[str, str]) -> dict[str, Any]:
    return {
        "order_line_id": str(line_id),
        "quantity": forms.whole_of(raw.get("quantity", "")) or 0,
        "amount_fen": forms.fen_of(raw.get("amount_yuan", "")),
        "reason": raw.get("reason", ""),
        "kind": raw.get("kind", ""),
        "cause": raw.get("cause", ""),
    }


@blueprint.post("/refunds/<uuid:case_id>/withdraw")
@requires(Permission.AFTER_SALES_APPLY)
def withdraw_refund(case_id: uuid.UUID) -> Response:
    """Take an application back from the order's page."""
    with transaction():
        case = service.withdraw_application(current_actor(), case_id)
        order_id = case.order_id
    layout.tell(Text("申请已撤回", "Withdrawn"))
    return redirect(f"/orders/{order_id}", 303)


@blueprint.get("/aftersales/<uuid:case_id>")
@requires(Permission.AFTER_SALES_APPLY)
def view_case(case_id: uuid.UUID) -> Response:
    """Show the buyer a case: whose turn it is and until when, what happened, what may be done."""
    return _case(case_id, {}, {})


@blueprint.post("/aftersales/<uuid:case_id>/withdraw")
@requires(Permission.AFTER_SALES_APPLY)
def withdraw_case(case_id: uuid.UUID) -> Response:
    """Take a case back."""
    return _step(case_id, None, service.withdraw_application, Text("申请已撤回", "Withdrawn"))


@blueprint.post("/aftersales/<uuid:case_id>/send-back")
@requires(Permission.AFTER_SALES_APPLY)
def say_sent_back(case_id: uuid.UUID) -> Response:
    """Say with which waybill the goods are on their way back."""
    told = Text("已登记，等合作社收货", "Recorded; the cooperative will confirm them")
    return _step(case_id, SentBackSchema(), service.send_goods_back, told)


@blueprint.post("/aftersales/<uuid:case_id>/confirm-replacement")
@requires(Permission.AFTER_SALES_APPLY)
def confirm_replacement(case_id: uuid.UUID) -> Response:
    """Confirm that the replacement came."""
    told = Text("换货完成", "The exchange is done")
    return _step(case_id, None, service.confirm_replacement, told)


@blueprint.post("/aftersales/<uuid:case_id>/escalate")
@requires(Permission.AFTER_SALES_APPLY)
def ask_platform(case_id: uuid.UUID) -> Response:
    """Bring a refusal before the platform."""
    told = Text("已提交平台处理", "The platform will decide")
    return _step(case_id, EscalationSchema(), service.escalate_case, told)


@blueprint.get("/orders/<uuid:order_id>/interception")
@requires(Permission.AFTER_SALES_APPLY)
def show_interception_form(order_id: uuid.UUID) -> Response:
    """Show the form in which a buyer asks to have a parcel stopped, or says it will be refused."""
    return _interception(_bought(order_id).order, {}, {})


@blueprint.post("/orders/<uuid:order_id>/interception")
@requires(Permission.AFTER_SALES_APPLY)
def ask_to_intercept(order_id: uuid.UUID) -> Response:
    """Ask to have what is on its way stopped."""
    order = _bought(order_id).order
    entered = forms.load(InterceptionSchema(), request.form)
    if entered.errors:
        return _interception(order, entered.raw, entered.errors)
    try:
        with transaction():
            service.ask_to_intercept(current_actor(), order_id, **entered.values)
    except (Conflict, Unprocessable) as problem:
        return _interception(_bought(order_id).order, entered.raw, {}, problem)
    layout.tell(Text("已提交，等合作社答复", "Sent; the cooperative will answer"), "waiting")
    return redirect(f"/orders/{order_id}", 303)


def _interception(
    order: Order, raw: dict[str, str], errors: dict[str, str], problem: Problem | None = None
) -> Response:
    return render(
        "aftersales/intercept.html",
        422 if errors or problem else 200,
        order_no=order.order_no,
        order_href=f"/orders/{order.id}",
        form=raw,
        errors=errors,
        problem_here=problem,
    )


def _step(
    case_id: uuid.UUID, schema: Schema | None, step: Callable[..., Any], told: Text
) -> Response:
    entered = forms.Entered({}) if schema is None else forms.load(schema, request.form)
    if entered.errors:
        return _case(case_id, entered.raw, entered.errors)
    try:
        with transaction():
            step(current_actor(), case_id, **entered.values)
    except Conflict as problem:
        layout.tell(problem.title, "bad")
    else:
        layout.tell(told)
    return redirect(f"/aftersales/{case_id}", 303)


def _case(case_id: uuid.UUID, raw: dict[str, str], errors: dict[str, str]) -> Response:
    actor = current_actor()
    case = queries.get_case(actor, case_id)
    if queries.party_of(actor, case) is not By.BUYER:
        raise NotFound
    shown = show_cases(actor, [case], By.BUYER)[0]
    order = get_order(actor, case.order_id)
    line = next(each for each in order.lines if each.id == case.order_line_id)
    return render(
        "aftersales/case.html",
        422 if errors else 200,
        case=case_page(shown, line, order.order_no, f"/orders/{order.id}"),
        can_add=is_unsettled(case),
        is_collected=order.pickup_point_id is not None,
        couriers=list(COURIERS.items()),
        form=raw,
        errors=errors,
    )


def _bought(order_id: uuid.UUID) -> ShownOrder:
    actor = current_actor()
    shown = show_orders(actor, [get_order(actor, order_id)])[0]
    if shown.standing is not Standing.BUYER:
        raise NotFound
    return shown


def _bought_line(order_id: uuid.UUID, line_id: uuid.UUID) -> tuple[ShownOrder, ShownLine]:
    shown = _bought(order_id)
    for line in shown.lines:
        if line.line.id == line_id:
            return shown, line
    raise NotFound


def _why_not(shown: ShownOrder, line: ShownLine) -> Problem | None:
    if not service.is_open_to_buyer(shown.order):
        return AftersalesWindowClosed()
    return None if line.sums.is_claimable else NothingLeftToClaim()


def _worth(line: ShownLine, quantity: str) -> Text:
    """Say what the pieces in the form bring, which is what an amount left open comes to."""
    pieces = forms.whole_of(quantity)
    if pieces is None or pieces > line.refundable_quantity:
        return RefundExceedsQuantity.DETAIL.format(left=line.refundable_quantity)
    if pieces == 0:
        return Text(
            "只退差价，请填写金额，最多 {yuan} 元",
            "Money only: enter an amount, at most {yuan} yuan",
        ).format(yuan=yuan(line.refundable_fen))
    return Text(
        "不填就按数量退：{pieces} 件 {yuan} 元，不含运费；换货不用填",
        "Empty: {pieces} pieces bring {yuan} yuan, without freight; leave it for an exchange",
    ).format(pieces=pieces, yuan=yuan(line.sums.share_of(pieces)))


def _form(
    shown: ShownOrder,
    line: ShownLine,
    raw: dict[str, str],
    errors: dict[str, str],
    problem: Problem | None = None,
) -> Response:
    is_shipped = line.line.shipped_quantity > 0
    kinds = list(CaseKind) if is_shipped else [CaseKind.REFUND_ONLY]
    return render(
        "aftersales/ask.html",
        422 if errors or problem else 200,
        order_no=shown.order.order_no,
        order_href=f"/orders/{shown.order.id}",
        line=wording.line_view(line, shown),
        here=f"/orders/{shown.order.id}/lines/{line.line.id}/refund",
        worth=_worth(line, raw.get("quantity", "")),
        kinds=[(kind, KIND_TITLES[kind], _KIND_HINTS[kind]) for kind in kinds],
        causes=[(cause, CAUSE_TITLES[cause]) for cause in CaseCause],
        return_note=None
        if line.line.return_class == RETURNABLE
        else RETURNS[line.line.return_class],
        form=raw,
        errors=errors,
        problem_here=problem,
    )
