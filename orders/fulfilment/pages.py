"""A cooperative's orders: what is to be shipped, and the parcel that ships it."""

from __future__ import annotations

import uuid
from typing import Any

from flask import redirect, request
from werkzeug.wrappers import Response

from marketplace import forms, layout
from marketplace.database import transaction
from marketplace.desk.waiting import add_queue
from marketplace.errors import Conflict, NotFound, Problem, Unprocessable
from marketplace.http import requires
from marketplace.identity.actor import current_actor
from marketplace.language import Text
from marketplace.pages import PageBlueprint, render
from marketplace.permissions import Permission, ScopeKind
from orders.cancellations.models import REASON_TITLES, SELLERS_REASONS
from orders.cancellations.wording import count_unsent, is_rest
from orders.card_disputes.queries import list_of_order
from orders.card_disputes.wording import seller_view
from orders.fulfilment.picking import pick_order
from orders.fulfilment.schemas import ShipOrderSchema
from orders.fulfilment.service import ShipItem, ship_order
from orders.invoices.showing import show_invoicing
from orders.invoices.wording import invoicing_view
from orders.orderbook import wording
from orders.orderbook.counting import TO_SHIP, count_open_orders
from orders.orderbook.couriers import COURIERS, looks_usual
from orders.orderbook.listing import list_shown_orders
from orders.orderbook.showing import ShownOrder, show_order
from orders.papers.service import list_offers
from orders.trades.deadlines import overdue_before
from orders.trades.queries import Standing, get_order
from orders.trades.states import OrderState

blueprint = PageBlueprint("fulfilment_pages", __name__)

HOME = "/desk/orders"
PAGE = 20
OVERDUE = "overdue"
TO_CANCEL = "to_cancel"
_QUEUES = ("", OVERDUE, TO_CANCEL)
_TABS: dict[str, tuple[Text, frozenset[OrderState]]] = {
    "": (Text("待发货", "To ship"), TO_SHIP),
    OVERDUE: (Text("超时未发", "Overdue"), TO_SHIP),
    TO_CANCEL: (Text("申请取消", "Asked to cancel"), TO_SHIP),
    "shipped": (Text("已发货", "Shipped"), frozenset({OrderState.SHIPPED})),
    "received": (Text("售后期内", "In the window"), frozenset({OrderState.ACCEPTED})),
    "completed": (Text("已完成", "Completed"), frozenset({OrderState.COMPLETED})),
}

layout.add_workplace(10, Text("订单发货", "Orders"), HOME, "truck", Permission.ORDER_SHIP)
add_queue(
    HOME,
    Text("待发货", "to ship"),
    lambda actor: count_open_orders(actor, Standing.SELLER).to_ship,
)
add_queue(
    HOME,
    Text("超时未发", "overdue"),
    lambda actor: count_open_orders(actor, Standing.SELLER).overdue,
    href=f"{HOME}?tab={OVERDUE}",
)
add_queue(
    HOME,
    Text("申请取消", "asked to cancel"),
    lambda actor: count_open_orders(actor, Standing.SELLER).to_cancel,
    href=f"{HOME}?tab={TO_CANCEL}",
)


@blueprint.get(HOME)
@requires(Permission.ORDER_SHIP)
def show_orders_to_ship() -> Response:
    """List the cooperative's orders; those to be shipped first."""
    actor = current_actor()
    tab = request.args.get("tab", "")
    tab = tab if tab in _TABS else ""
    page = list_shown_orders(
        actor, standing=Standing.SELLER, states=_TABS[tab][1], limit=PAGE,
        after=request.args.get("after"), is_queue=tab in _QUEUES, is_overdue=tab == OVERDUE,
        is_asked_to_cancel=tab == TO_CANCEL,
    )  # fmt: skip
    waiting = count_open_orders(actor, Standing.SELLER)
    special = {OVERDUE: waiting.overdue, TO_CANCEL: waiting.to_cancel}
    tabs = [
        {"href": f"{HOME}?tab={name}" if name else HOME, "label": label,
         "count": special.get(name, sum(page.counts[state] for state in states)),
         "is_chosen": name == tab}
        for name, (label, states) in _TABS.items()
    ]  # fmt: skip
    return render(
        "fulfilment/to_ship.html",
        tabs=tabs,
        orders=[_view(shown) for shown in page.items],
        next_url=f"{HOME}?tab={tab}&after={page.next}" if page.next else None,
    )


@blueprint.get(f"{HOME}/<uuid:order_id>")
@requires(Permission.ORDER_SHIP)
def view_order_to_ship(order_id: uuid.UUID) -> Response:
    """Show an order to the cooperative that sells it, with the form of the next parcel."""
    return _page(_shown(order_id), {}, {})


@blueprint.post(f"{HOME}/<uuid:order_id>/ship")
@requires(Permission.ORDER_SHIP)
def send_parcel(order_id: uuid.UUID) -> Response:
    """Hand a parcel to the courier."""
    shown = _shown(order_id)
    raw = request.form.to_dict()
    entered = forms.load(ShipOrderSchema(), {**raw, "items": _items(shown, raw)})
    if entered.errors:
        return _page(shown, entered.raw, entered.errors)
    try:
        with transaction():
            order = ship_order(
                current_actor(),
                order_id,
                courier_code=entered.values["courier_code"],
                waybill_no=entered.values["waybill_no"],
                items=[ShipItem(**item) for item in entered.values["items"]],
            )
            is_whole = order.state is OrderState.SHIPPED
    except (Conflict, Unprocessable) as problem:
        fields = {name: str(text) for name, text in problem.fields.items()}
        return _page(_shown(order_id), entered.raw, fields, problem)
    if not looks_usual(entered.values["courier_code"], entered.values["waybill_no"]):
        layout.tell(
            Text(
                "单号和这家快递常见的样子不同，请核对一下",
                "The number does not look like this courier's; please check it",
            ),
            "waiting",
        )
    if is_whole:
        layout.tell(Text("已发货", "Shipped"))
    else:
        layout.tell(
            Text("包裹已登记，其余商品待发", "The parcel is recorded; the rest is to follow")
        )
    return redirect(HOME if is_whole else f"{HOME}/{order_id}", 303)


@blueprint.post(f"{HOME}/<uuid:order_id>/pick")
@requires(Permission.ORDER_SHIP)
def begin_packing(order_id: uuid.UUID) -> Response:
    """Begin to pack an order: from now on the buyer asks before calling it off."""
    try:
        with transaction():
            pick_order(current_actor(), order_id)
    except Conflict as problem:
        layout.tell(problem.title, "bad")
    else:
        layout.tell(Text("已开始备货", "Packing has begun"))
    return redirect(f"{HOME}/{order_id}", 303)


def _shown(order_id: uuid.UUID) -> ShownOrder:
    actor = current_actor()
    shown = show_order(actor, get_order(actor, order_id), Standing.SELLER)
    if shown.order.cooperative_id not in actor.scopes(Permission.ORDER_SHIP, ScopeKind.COOPERATIVE):
        raise NotFound
    return shown


def _items(shown: ShownOrder, raw: dict[str, str]) -> list[dict[str, Any]]:
    """Read the quantities; lines left empty or at zero stay for a later parcel."""
    items = []
    for line in shown.lines:
        quantity = forms.whole_of(raw.get(f"quantity-{line.line.id}", ""))
        if quantity:
            items.append({"order_line_id": str(line.line.id), "quantity": quantity})
    return items


def _page(
    shown: ShownOrder,
    raw: dict[str, str],
    errors: dict[str, str],
    problem: Problem | None = None,
) -> Response:
    return render(
        "fulfilment/ship.html",
        422 if errors or problem else 200,
        order=_view(shown),
        form=raw,
        errors=errors,
        problem_here=problem,
        couriers=list(COURIERS.items()),
        reasons=[(reason, REASON_TITLES[reason]) for reason in SELLERS_REASONS],
        disputes=_disputes(shown),
        parcels=[wording.parcel_view(one) for one in shown.parcels],
        papers=list_offers(shown.order),
        papers_href=f"/orders/{shown.order.id}/papers",
        invoicing=invoicing_view(show_invoicing(shown.order), "/desk/invoices", None),
    )  # fmt: skip


def _disputes(shown: ShownOrder) -> list[dict[str, Any]]:
    names = {line.line.id: line.line.product_name for line in shown.lines}
    return [seller_view(one, lines, names) for one, lines in list_of_order(shown.order)]


def _view(shown: ShownOrder) -> dict[str, Any]:
    order = shown.order
    recipient = shown.ship_to
    delivery = [(Text("收货地区", "Region"), shown.ship_to_name)]
    if shown.pickup is not None:
        delivery.insert(0, (Text("送到自提点", "Pick-up point"), shown.pickup.row.point_name))
    if recipient is not None:
        delivery += [
            (Text("详细地址", "Address"), recipient.address),
            (Text("收货人", "Recipient"), recipient.name),
            (Text("电话", "Telephone"), recipient.phone),
        ]
    return {
        "id": order.id,
        "href": f"{HOME}/{order.id}",
        "order_no": order.order_no,
        "state_label": shown.state_title,
        "tone": wording.TONES[order.state],
        "paid_at": order.paid_at,
        "goods_fen": order.goods_fen,
        "discount_fen": order.discount_fen,
        "platform_discount_fen": order.platform_discount_fen,
        "freight_fen": order.freight_fen,
        "total_fen": order.total_fen,
        "refunded_fen": shown.refunded_fen,
        "can_ship": "ship" in shown.actions,
        "delivery": delivery,
        "can_pick": "pick" in shown.actions,
        "can_cancel": "cancel_sale" in shown.actions,
        "is_rest": is_rest(order),
        "unsent": count_unsent(order),
        "picked_at": order.picked_at,
        "reminders": order.reminders if order.state in TO_SHIP else 0,
        "is_overdue": order.state in TO_SHIP
        and order.paid_at is not None
        and order.paid_at <= overdue_before(),
        "remark": shown.remark,
        "seller_note": shown.seller_note,
        "cancellation": wording.cancellation_view(shown),
        "lines": [wording.line_view(line, shown) for line in shown.lines],
    }
