"""The API of delivery: ship a parcel, accept the goods."""

import uuid
from typing import Any

from marketplace.database import transaction
from marketplace.http import ApiBlueprint, idempotent, requires
from marketplace.identity.actor import current_actor
from marketplace.permissions import Permission
from orders.fulfilment import picking, service
from orders.fulfilment.schemas import ShipOrderSchema
from orders.fulfilment.service import ShipItem
from orders.orderbook.schemas import OrderSchema
from orders.orderbook.showing import ShownOrder, show_order
from orders.trades.queries import Standing

blp = ApiBlueprint(
    "fulfilment", __name__, url_prefix="/api/v1/orders", description="发货与收货 Delivery"
)


@blp.route("/<uuid:order_id>/ship", methods=["POST"])
@requires(Permission.ORDER_SHIP)
@idempotent
@blp.arguments(ShipOrderSchema)
@blp.response(201, OrderSchema)
def ship_order(command: dict[str, Any], order_id: uuid.UUID) -> ShownOrder:
    """Ship a parcel of a paid order; without items, everything that is left."""
    items = command.pop("items")
    actor = current_actor()
    with transaction():
        order = service.ship_order(
            actor,
            order_id,
            **command,
            items=None if items is None else [ShipItem(**item) for item in items],
        )
        return show_order(actor, order, Standing.SELLER)


@blp.route("/<uuid:order_id>/pick", methods=["POST"])
@requires(Permission.ORDER_SHIP)
@blp.response(200, OrderSchema)
def pick_order(order_id: uuid.UUID) -> ShownOrder:
    """Begin to pack an order; repeating it changes nothing."""
    actor = current_actor()
    with transaction():
        return show_order(actor, picking.pick_order(actor, order_id), Standing.SELLER)


@blp.route("/<uuid:order_id>/accept", methods=["POST"])
@requires(Permission.ORDER_ACCEPT)
@blp.response(200, OrderSchema)
def accept_order(order_id: uuid.UUID) -> ShownOrder:
    """Accept the goods of a shipped order; the after-sales window begins."""
    actor = current_actor()
    with transaction():
        order = service.accept_order(actor, order_id)
        return show_order(actor, order, Standing.BUYER)
