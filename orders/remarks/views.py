"""The API of remarks, notes and reminders."""

import uuid
from typing import Any

from marketplace.database import transaction
from marketplace.http import ApiBlueprint, requires
from marketplace.identity.actor import current_actor
from marketplace.permissions import Permission
from orders.orderbook.schemas import OrderSchema
from orders.orderbook.showing import ShownOrder, show_order
from orders.remarks import service
from orders.remarks.schemas import RemarkSchema, SellerNoteSchema
from orders.trades.queries import Standing

blp = ApiBlueprint("remarks", __name__, url_prefix="/api/v1/orders", description="备注 Remarks")


@blp.route("/<uuid:order_id>/remark", methods=["PUT"])
@requires(Permission.TRADE_PLACE)
@blp.arguments(RemarkSchema)
@blp.response(200, OrderSchema)
def change_remark(command: dict[str, Any], order_id: uuid.UUID) -> ShownOrder:
    """Say something to the cooperative about an order that is not shipped yet."""
    actor = current_actor()
    with transaction():
        return show_order(actor, service.change_remark(actor, order_id, **command), Standing.BUYER)


@blp.route("/<uuid:order_id>/seller-note", methods=["PUT"])
@requires(Permission.ORDER_SHIP)
@blp.arguments(SellerNoteSchema)
@blp.response(200, OrderSchema)
def change_seller_note(command: dict[str, Any], order_id: uuid.UUID) -> ShownOrder:
    """Keep a note about an order that only its cooperative reads."""
    actor = current_actor()
    with transaction():
        return show_order(
            actor, service.change_seller_note(actor, order_id, **command), Standing.SELLER
        )


@blp.route("/<uuid:order_id>/remind", methods=["POST"])
@requires(Permission.TRADE_PLACE)
@blp.response(200, OrderSchema)
@blp.alt_response(429, description="Reminded, or paid, a short while ago")
def remind_to_ship(order_id: uuid.UUID) -> ShownOrder:
    """Remind the cooperative to ship."""
    actor = current_actor()
    with transaction():
        return show_order(actor, service.remind_to_ship(actor, order_id), Standing.BUYER)
