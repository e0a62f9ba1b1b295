"""The pay page: choose how to pay, go to the provider, come back, and see the truth meanwhile."""

from __future__ import annotations

import uuid
from typing import Any

from flask import redirect, request
from werkzeug.wrappers import Response

from marketplace import forms, layout
from marketplace.errors import Conflict, Unprocessable
from marketplace.http import requires
from marketplace.identity.actor import current_actor
from marketplace.language import Text
from marketplace.pages import PageBlueprint, render
from marketplace.permissions import Permission
from orders.checkout.closing import cancel_trade
from orders.payments import calls
from orders.payments.changing import change_means
from orders.payments.means import describe_means
from orders.payments.providers import list_choices, list_online_choices
from orders.payments.showing import show_paying, trade_of
from orders.payments.telling import get_overview
from orders.trades.models import Trade
from orders.trades.queries import get_trade, list_orders_with_lines
from orders.trades.told import told_of_lines
from partners.credits.showing import ONCE_ACCEPTED, ONCE_PAID, is_counted, show_countings

blueprint = PageBlueprint("payments_pages", __name__)


@blueprint.get("/trades/<uuid:trade_id>/pay")
@requires(Permission.TRADE_READ)
def show_pay_page(trade_id: uuid.UUID) -> Response:
    """Show how paying the trade stands."""
    trade = get_trade(current_actor(), trade_id)
    return render("payments/pay.html", **_context(trade))


@blueprint.get("/trades/<uuid:trade_id>/pay/status")
@requires(Permission.TRADE_READ)
def show_pay_status(trade_id: uuid.UUID) -> Response:
    """The part of the pay page that renews itself."""
    trade = get_trade(current_actor(), trade_id)
    return render("payments/status.html", **_context(trade))


@blueprint.post("/trades/<uuid:trade_id>/pay")
@requires(Permission.TRADE_PAY)
def go_to_pay(trade_id: uuid.UUID) -> Response:
    """Start a payment and go to where it is made."""
    actor = current_actor()
    try:
        attempt_id = calls.start_payment(
            actor, trade_id, *_choice(request.form.get("provider", "")), by_form=True
        )
    except (Conflict, Unprocessable) as problem:
        layout.tell(problem.title, "bad")
        return redirect(_page_url(trade_id), 303)
    return redirect(get_overview(actor, attempt_id).continue_url or _page_url(trade_id), 303)


@blueprint.post("/trades/<uuid:trade_id>/pay/repay")
@requires(Permission.TRADE_PAY)
def go_to_repay(trade_id: uuid.UUID) -> Response:
    """Start to repay what is owed for goods that came first, and go to where it is done."""
    actor = current_actor()
    get_trade(actor, trade_id, Permission.TRADE_PAY)
    amount = forms.fen_of(request.form.get("amount", ""))
    try:
        attempt = calls.begin_repayment(
            actor,
            trade_id,
            *_choice(request.form.get("provider", "")),
            amount_fen=amount or 0,
            by_form=True,
        )
    except (Conflict, Unprocessable) as problem:
        layout.tell(problem.title, "bad")
        return redirect(_page_url(trade_id), 303)
    return redirect(get_overview(actor, attempt.id).continue_url or _page_url(trade_id), 303)


@blueprint.post("/trades/<uuid:trade_id>/pay/change")
@requires(Permission.TRADE_PAY)
def change_means_of_payment(trade_id: uuid.UUID) -> Response:
    """Close what is open, and let the buyer choose again."""
    try:
        change_means(current_actor(), trade_id)
    except Conflict as problem:
        layout.tell(problem.title, "waiting")
    return redirect(_page_url(trade_id), 303)


@blueprint.get("/payments/<uuid:payment_id>")
@requires(Permission.TRADE_READ)
def come_back_from_provider(payment_id: uuid.UUID) -> Response:
    """Where providers send the buyer back to."""
    return redirect(_page_url(trade_of(current_actor(), payment_id)), 302)


@blueprint.post("/trades/<uuid:trade_id>/cancel")
@requires(Permission.TRADE_CANCEL)
def cancel_my_trade(trade_id: uuid.UUID) -> Response:
    """Cancel a trade that is not paid."""
    try:
        cancel_trade(current_actor(), trade_id)
    except Conflict as problem:
        layout.tell(problem.title, "waiting")
    else:
        layout.tell(Text("订单已取消", "The order is cancelled"))
    return redirect(_page_url(trade_id), 303)


def _choice(value: str) -> tuple[str, str]:
    """Split what the form sends: a provider, and one of its means after a colon."""
    provider, _, method = value.partition(":")
    return provider, method


def _page_url(trade_id: uuid.UUID) -> str:
    return f"/trades/{trade_id}/pay"


def _context(trade: Trade) -> dict[str, Any]:
    orders = list_orders_with_lines(trade_id=trade.id)
    told = told_of_lines(orders)
    counts = any(
        is_counted(told.get(line.id, []), is_paid=order.sale_on is not None)
        for order in orders
        for line in order.lines
    )
    view = show_paying(current_actor(), trade, orders, counts=counts)
    lines = [
        (
            line,
            show_countings(
                told.get(line.id, []),
                is_paid=order.sale_on is not None,
                before=ONCE_ACCEPTED if order.goods_first else ONCE_PAID,
            ),
        )
        for order in orders
        for line in order.lines
    ]
    return {
        "trade": trade,
        "orders": orders,
        "lines": lines,
        "view": view,
        "providers": describe_means(
            list_online_choices() if view.can_repay else list_choices(trade)
        ),
        "page_url": _page_url(trade.id),
    }
