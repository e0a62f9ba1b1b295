"""The API of orders as buyers, cooperatives and offices read them."""

import uuid
from typing import Any

from marketplace.http import ApiBlueprint, requires
from marketplace.identity.actor import current_actor
from marketplace.permissions import Permission
from orders.orderbook.counting import OrderCounts, count_open_orders
from orders.orderbook.listing import OrderPage, list_shown_orders
from orders.orderbook.schemas import (
    OrderCountsQuerySchema,
    OrderCountsSchema,
    OrderListQuerySchema,
    OrderPageSchema,
    OrderSchema,
)
from orders.orderbook.showing import ShownOrder, show_order
from orders.trades import queries
from orders.trades.queries import Standing

blp = ApiBlueprint("orderbook", __name__, url_prefix="/api/v1/orders", description="订单 Orders")


@blp.route("", methods=["GET"])
@requires(Permission.ORDER_READ)
@blp.arguments(OrderListQuerySchema, location="query")
@blp.response(200, OrderPageSchema)
def list_orders(query: dict[str, Any]) -> OrderPage:
    """List orders as buyer, seller or overseer, newest first, with counts per state."""
    return list_shown_orders(current_actor(), **query)


@blp.route("/counts", methods=["GET"])
@requires(Permission.ORDER_READ)
@blp.arguments(OrderCountsQuerySchema, location="query")
@blp.response(200, OrderCountsSchema)
def count_orders(query: dict[str, Any]) -> OrderCounts:
    """Count what waits for somebody, for the tabs of a buyer or a cooperative; one statement."""
    return count_open_orders(current_actor(), Standing(query["standing"]))


@blp.route("/<uuid:order_id>", methods=["GET"])
@requires(Permission.ORDER_READ)
@blp.response(200, OrderSchema)
def get_order(order_id: uuid.UUID) -> ShownOrder:
    """Show an order as far as the caller may see it, with what the caller may do now."""
    actor = current_actor()
    return show_order(actor, queries.get_order(actor, order_id))
