"""My orders: tabs with counts, one order with its course, its result and what one may do."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any

from flask import redirect, request
from werkzeug.wrappers import Response

from marketplace import layout
from marketplace.database import transaction
from marketplace.errors import Conflict
from marketplace.http import requires
from marketplace.identity import dormancy
from marketplace.identity.actor import current_actor
from marketplace.language import Text
from marketplace.pages import PageBlueprint, render
from marketplace.permissions import Permission
from orders.aftersales.queries import count_unsettled_orders
from orders.fulfilment.service import accept_order
from orders.invoices.showing import show_invoicing
from orders.invoices.states import OrderInvoicing
from orders.invoices.wording import invoicing_view
from orders.orderbook import knowledge, wording
from orders.orderbook.listing import list_shown_orders
from orders.orderbook.showing import ShownOrder, show_order
from orders.papers.service import list_offers
from orders.payments.queries import list_refund_ids
from orders.trades.queries import Standing, Together, bought_by, get_order, list_together
from orders.trades.states import OrderState
from partners.pickup_points.queries import find_point
from partners.pickup_points.service import contact_of

blueprint = PageBlueprint("orderbook_pages", __name__)

dormancy.keep_with(knowledge.holds_orders, knowledge.is_known)

PAGE = 10
AFTER_SALES = "after_sales"
_TABS: dict[str, tuple[Text, frozenset[OrderState] | None]] = {
    "": (Text("全部", "All"), None),
    "unpaid": (Text("待付款", "To pay"), frozenset({OrderState.UNPAID})),
    "paid": (Text("待发货", "To ship"), frozenset({OrderState.PAID, OrderState.PART_SHIPPED})),
    "shipped": (Text("待收货", "On the way"), frozenset({OrderState.SHIPPED})),
    AFTER_SALES: (Text("售后", "After-sales"), None),
}


@blueprint.get("/orders")
@requires(Permission.ORDER_READ)
def show_my_orders() -> Response:
    """List what the reader, or a unit the reader buys for, has ordered."""
    actor = current_actor()
    tab = request.args.get("tab", "")
    tab = tab if tab in _TABS else ""
    page = list_shown_orders(
        actor,
        standing=Standing.BUYER,
        states=_TABS[tab][1],
        with_cases=tab == AFTER_SALES,
        limit=PAGE,
        after=request.args.get("after"),
    )
    counts = {
        name: sum(page.counts[state] for state in states)
        for name, (_, states) in _TABS.items()
        if states is not None
    }
    counts[AFTER_SALES] = count_unsettled_orders(bought_by(actor))
    following = f"/orders?tab={tab}&after={page.next}" if page.next else None
    return render(
        "orderbook/orders.html",
        tabs=[
            {"href": f"/orders?tab={name}" if name else "/orders", "label": label,
             "count": counts.get(name, 0), "is_chosen": name == tab}
            for name, (label, _) in _TABS.items()
        ],
        orders=_cards(page.items, is_short=True),
        next_url=following,
    )  # fmt: skip


@blueprint.get("/orders/<uuid:order_id>")
@requires(Permission.ORDER_READ)
def view_my_order(order_id: uuid.UUID) -> Response:
    """Show one order, its course, its parcels and what it counts for."""
    actor = current_actor()
    shown = show_order(actor, get_order(actor, order_id))
    names = {line.line.id: line.line.product_name for line in shown.lines}
    return render(
        "orderbook/order.html",
        shown=shown,
        order=_cards([shown])[0],
        course=wording.course(shown),
        cases=[wording.case_view(case, names) for case in shown.cases],
        parcels=[wording.parcel_view(one) for one in shown.parcels],
        facts=_facts(shown),
        pickups=shown.pickups,
        pickup_contact=_contact(shown),
        papers=list_offers(shown.order) if shown.standing is Standing.BUYER else [],
        papers_href=f"/orders/{order_id}/papers",
        invoicing=_invoicing(shown),
        attribution_href=_attribution_href(shown),
        deeds_of=_deeds_of(shown),
    )  # fmt: skip


def _deeds_of(shown: ShownOrder) -> list[tuple[str, uuid.UUID]]:
    """Return what an auditor follows of an order: itself, its trade, its cases and its refunds."""
    order = shown.order
    if not current_actor().is_platform(Permission.JOURNAL_READ):
        return [("order", order.id)]
    cases = [("aftersales_case", one.case.id) for one in shown.cases]
    refunds = [("refund", each) for each in list_refund_ids(order)]
    return [("order", order.id), ("trade", order.trade_id), *cases, *refunds]


def _contact(shown: ShownOrder) -> str | None:
    """Return whom the buyer asks at the pick-up point, as it is today."""
    if shown.pickup is None:
        return None
    point = find_point(shown.pickup.row.pickup_point_id)
    return contact_of(point) if point is not None else None


def _attribution_href(shown: ShownOrder) -> str | None:
    """Return where a buyer asks that a paid order count for somebody else."""
    order = shown.order
    is_over = order.sale_on is None or order.state is OrderState.CANCELLED
    if shown.standing is not Standing.BUYER or is_over:
        return None
    return f"/orders/{order.id}/attribution"


def _invoicing(shown: ShownOrder) -> dict[str, Any] | None:
    is_buyer = shown.standing is Standing.BUYER
    is_read = is_buyer or current_actor().is_platform(Permission.INVOICE_READ)
    if not is_read or shown.order.paid_at is None:
        return None
    ask_href = f"/orders/{shown.order.id}/invoice" if is_buyer else None
    return invoicing_view(show_invoicing(shown.order), "/invoices", ask_href)


@blueprint.post("/orders/<uuid:order_id>/accept")
@requires(Permission.ORDER_ACCEPT)
def accept_my_order(order_id: uuid.UUID) -> Response:
    """Confirm that the goods have come."""
    try:
        with transaction():
            accept_order(current_actor(), order_id)
    except Conflict as problem:
        layout.tell(problem.title, "bad")
    else:
        layout.tell(
            Text("已确认收货，售后期满后交易完成", "Received; it is done when the window closes")
        )
    return redirect(f"/orders/{order_id}", 303)


def _cards(orders: Sequence[ShownOrder], *, is_short: bool = False) -> list[dict[str, Any]]:
    """Return orders as pages show them; those to be paid say what is paid with them."""
    together = list_together({one.order.trade_id for one in orders if "pay" in one.actions})
    return [_card(one, together.get(one.order.trade_id), is_short=is_short) for one in orders]


def _card(
    shown: ShownOrder, together: Together | None, *, is_short: bool = False
) -> dict[str, Any]:
    """Return an order as pages show it; in a list each line tells its first result only."""
    order = shown.order
    href = f"/orders/{order.id}"
    actions = set(shown.actions)
    may_ask = "apply_for_refund" in actions
    lines = [
        wording.line_view(
            line,
            shown,
            f"{href}/lines/{line.line.id}/refund" if may_ask and line.sums.is_claimable else None,
        )
        for line in shown.lines
    ]
    for line in lines if is_short else ():
        line["countings"] = line["countings"][:1]
    return {
        "href": href,
        "cooperative_name": order.cooperative_name,
        "order_no": order.order_no,
        "state_label": shown.state_title,
        "state_text": wording.next_words(shown),
        "tone": wording.TONES[order.state],
        "placed_at": order.placed_at,
        "goods_fen": order.goods_fen,
        "freight_fen": order.freight_fen,
        "discount_fen": order.discount_fen,
        "platform_discount_fen": order.platform_discount_fen,
        "total_fen": order.total_fen,
        "refunded_fen": shown.refunded_fen,
        "is_paid": order.paid_at is not None,
        "invoicing": str(shown.invoicing.label) if shown.invoicing is not OrderInvoicing.NONE else None,
        "pay_url": f"/trades/{order.trade_id}/pay" if "pay" in actions else None,
        "together": together if "pay" in actions else None,
        "accept_url": f"{href}/accept" if "accept" in actions else None,
        "cancel_url": f"{href}/cancel" if {"cancel_order", "ask_to_cancel"} & actions else None,
        "intercept_url": f"{href}/interception" if "intercept" in actions else None,
        "remind_url": f"{href}/remind" if "remind" in actions else None,
        "remark_url": f"{href}/remark" if "change_remark" in actions else None,
        "remark": shown.remark,
        "to_collect": any(each.code is not None for each in shown.pickups),
        "cancellation": wording.cancellation_view(shown),
        "lines": lines,
    }  # fmt: skip


def _facts(shown: ShownOrder) -> list[tuple[str, str]]:
    order = shown.order
    whose = order.buying_unit_name or shown.region_name or str(Text("未选择", "Not chosen"))
    facts = [(Text("归属", "Counts for"), whose)]
    if order.buying_unit_name and shown.region_name:
        facts.append((Text("归属地区", "Region"), shown.region_name))
    recipient = shown.ship_to
    if recipient is not None:
        facts += [
            (Text("收货人", "Recipient"), f"{recipient.name} {recipient.phone}"),
            (Text("收货地址", "Address"), f"{shown.ship_to_name} {recipient.address}"),
        ]
    else:
        facts.append((Text("收货地区", "Delivered to"), shown.ship_to_name))
    if order.sale_on is not None and wording.counts(shown):
        facts.append((Text("计入日期", "Day of sale"), order.sale_on.isoformat()))
    return [(str(label), value) for label, value in facts]
