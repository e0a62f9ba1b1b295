"""Calling an order off in pages: the buyer asks or does it, the cooperative answers or does it."""

from __future__ import annotations

import uuid

from flask import current_app, redirect, request
from werkzeug.wrappers import Response

from marketplace import forms, layout
from marketplace.database import transaction
from marketplace.errors import Conflict, NotFound, Problem, Unprocessable
from marketplace.http import requires
from marketplace.identity.actor import current_actor
from marketplace.language import Text
from marketplace.pages import PageBlueprint, render
from marketplace.permissions import Permission
from orders.aftersales.queries import list_cases
from orders.cancellations import service
from orders.cancellations.errors import ReasonNotYours
from orders.cancellations.models import BUYERS_REASONS, REASON_TITLES
from orders.cancellations.queries import list_latest
from orders.cancellations.rules import has_begun, is_cancellable, needs_consent
from orders.cancellations.schemas import CancelSchema, RefuseCancellationSchema
from orders.cancellations.wording import count_unsent, is_rest, say_called_off
from orders.trades.models import Order
from orders.trades.queries import Standing, get_order, standing_of
from orders.trades.states import OrderState

blueprint = PageBlueprint("cancellations_pages", __name__)

DESK = "/desk/orders"
_DONE = Text("订单已取消，款项原路退回", "Called off; the money goes back")


@blueprint.get("/orders/<uuid:order_id>/cancel")
@requires(Permission.TRADE_CANCEL)
def show_cancel_form(order_id: uuid.UUID) -> Response:
    """Show the form in which a buyer calls a paid order off."""
    order = _bought(order_id)
    if not is_cancellable(order):
        layout.tell(Text("订单当前不能取消", "The order cannot be called off now"), "bad")
        return redirect(f"/orders/{order_id}", 303)
    return _form(order, {}, {})


@blueprint.post("/orders/<uuid:order_id>/cancel")
@requires(Permission.TRADE_CANCEL)
def cancel_order(order_id: uuid.UUID) -> Response:
    """Call a paid order off as its buyer, or ask to."""
    order = _bought(order_id)
    entered = forms.load(CancelSchema(), request.form)
    if entered.errors:
        return _form(order, entered.raw, entered.errors)
    try:
        with transaction():
            order = service.cancel_order(current_actor(), order_id, **entered.values)
            is_waiting = order.state in (OrderState.PAID, OrderState.PART_SHIPPED)
    except (Conflict, Unprocessable) as problem:
        return _form(_bought(order_id), entered.raw, forms.refused(problem), problem)
    if is_waiting:
        layout.tell(Text("已提交，等合作社答复", "Sent; the cooperative will answer"), "waiting")
    else:
        layout.tell(_DONE)
    return redirect(f"/orders/{order_id}", 303)


@blueprint.post("/orders/<uuid:order_id>/cancellation/withdraw")
@requires(Permission.TRADE_CANCEL)
def withdraw_cancellation(order_id: uuid.UUID) -> Response:
    """Take the request to call an order off back."""
    try:
        with transaction():
            service.withdraw_cancellation(current_actor(), order_id)
    except Conflict as problem:
        layout.tell(problem.title, "bad")
    else:
        layout.tell(Text("已撤回，订单照常发货", "Withdrawn; the order will be shipped"))
    return redirect(f"/orders/{order_id}", 303)


@blueprint.post(f"{DESK}/<uuid:order_id>/cancel-sale")
@requires(Permission.AFTER_SALES_ANSWER)
def cancel_sale(order_id: uuid.UUID) -> Response:
    """Call off as the cooperative what was not shipped of an order."""
    entered = forms.load(CancelSchema(), request.form)
    try:
        if entered.errors:
            raise ReasonNotYours
        with transaction():
            order = service.cancel_sale(current_actor(), order_id, **entered.values)
            done = _done(order)
    except (Conflict, Unprocessable) as problem:
        layout.tell(problem.title, "bad")
    else:
        layout.tell(done)
    return redirect(f"{DESK}/{order_id}", 303)


@blueprint.post(f"{DESK}/<uuid:order_id>/cancellation/answer")
@requires(Permission.AFTER_SALES_ANSWER)
def answer_cancellation(order_id: uuid.UUID) -> Response:
    """Agree to the buyer's request to call the order off, or refuse it and say why."""
    agrees = request.form.get("decision") == "agree"
    entered = forms.load(RefuseCancellationSchema(), request.form)
    if entered.errors and not agrees:
        layout.tell(Text("不同意取消须写明理由", "A refusal must say why"), "bad")
        return redirect(f"{DESK}/{order_id}", 303)
    actor = current_actor()
    told = Text("已答复买家，请照常发货", "Answered; please ship it")
    try:
        with transaction():
            if agrees:
                told = _done(service.agree_to_cancel(actor, order_id))
            else:
                service.refuse_to_cancel(actor, order_id, **entered.values)
    except Conflict as problem:
        layout.tell(problem.title, "bad")
    else:
        layout.tell(told)
    return redirect(f"{DESK}/{order_id}", 303)


def _bought(order_id: uuid.UUID) -> Order:
    actor = current_actor()
    order = get_order(actor, order_id)
    if standing_of(actor, order) is not Standing.BUYER:
        raise NotFound
    return order


def _done(order: Order) -> Text:
    cancellation = list_latest([order.id])[order.id]
    return say_called_off(order, cancellation, list_cases([order.id])) or _DONE


def _form(
    order: Order, raw: dict[str, str], errors: dict[str, str], problem: Problem | None = None
) -> Response:
    return render(
        "cancellations/ask.html",
        422 if errors or problem else 200,
        order={"href": f"/orders/{order.id}", "order_no": order.order_no},
        needs_consent=needs_consent(order),
        is_rest=is_rest(order),
        unsent=count_unsent(order),
        has_begun=has_begun(order),
        hours=current_app.config["SETTINGS"].cancellation_answer_hours,
        reasons=[(reason, REASON_TITLES[reason]) for reason in BUYERS_REASONS],
        form=raw,
        errors=errors,
        problem_here=problem,
    )
