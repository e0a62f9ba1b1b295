"""Packing at the desk: choose orders, print the pick list and the labels, begin to pack."""

from __future__ import annotations

import uuid

from flask import redirect, request
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response

from marketplace import layout
from marketplace.database import transaction
from marketplace.http import attached, requires
from marketplace.identity.actor import current_actor
from marketplace.language import Text
from marketplace.pages import PageBlueprint, render
from marketplace.papers import PDF
from marketplace.permissions import Permission
from orders.fulfilment.label_sizes import LabelSize
from orders.fulfilment.labels import write_labels
from orders.fulfilment.pick_lists import MAX_ORDERS, PickList, make_pick_list, write_pick_list
from orders.fulfilment.picking import pick_orders
from orders.fulfilment.service import to_ship
from orders.fulfilment.wording import say_quantity

blueprint = PageBlueprint("packing_pages", __name__)

HOME = "/desk/orders/pick-list"


@blueprint.get(HOME)
@requires(Permission.ORDER_SHIP)
def show_pick_list() -> Response:
    """Show what to take from the shelf for the orders that wait, and the orders to choose from."""
    listed = make_pick_list(current_actor())
    return render(
        "packing/pick_list.html",
        items=listed.items,
        pieces=listed.pieces,
        sizes=list(LabelSize),
        limit=MAX_ORDERS,
        orders=[
            {"id": order.id, "order_no": order.order_no, "href": f"/desk/orders/{order.id}",
             "is_picked": order.picked_at is not None, "paid_at": order.paid_at,
             "point": listed.points.get(order.id), "remark": order.remark, "note": order.seller_note,
             "goods": [(line.product_name, line.spec, say_quantity(line))
                       for line in order.lines if to_ship(line)]}
            for order in listed.orders
        ],
    )  # fmt: skip


@blueprint.post("/desk/orders/pick-list.pdf")
@requires(Permission.ORDER_SHIP)
def print_pick_list() -> Response:
    """Print the pick list of the orders chosen."""
    return attached(write_pick_list(_chosen(request.form)), PDF, "pick-list.pdf")


@blueprint.post("/desk/orders/labels.pdf")
@requires(Permission.ORDER_SHIP)
def print_labels() -> Response:
    """Print a label for each order chosen."""
    wanted = request.form.get("size", "")
    size = LabelSize(wanted) if wanted in set(LabelSize) else LabelSize.SMALL
    return attached(write_labels(_chosen(request.form).orders, size), PDF, "labels.pdf")


@blueprint.post(HOME)
@requires(Permission.ORDER_SHIP)
def begin_packing_chosen() -> Response:
    """Begin to pack the orders chosen: from now on their buyers ask before calling them off."""
    chosen = _chosen(request.form)
    with transaction():
        count = pick_orders(current_actor(), [order.id for order in chosen.orders])
    layout.tell(Text("{n} 单开始备货", "{n} orders are being packed").format(n=count))
    return redirect(HOME, 303)


def _chosen(given: MultiDict[str, str]) -> PickList:
    """Return what is chosen; nothing chosen is everything, as the page says."""
    ids = []
    for text in given.getlist("order")[:MAX_ORDERS]:
        try:
            ids.append(uuid.UUID(text))
        except ValueError:
            continue
    return make_pick_list(current_actor(), ids or None)
