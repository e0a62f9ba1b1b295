"""The API of calling paid orders off."""

import uuid
from typing import Any

from marketplace.database import transaction
from marketplace.http import ApiBlueprint, idempotent, requires
from marketplace.identity.actor import current_actor
from marketplace.permissions import Permission
from orders.cancellations import service
from orders.cancellations.schemas import CancelSchema, RefuseCancellationSchema
from orders.orderbook.schemas import OrderSchema
from orders.orderbook.showing import ShownOrder, show_order
from orders.trades.queries import Standing

blp = ApiBlueprint(
    "cancellations", __name__, url_prefix="/api/v1/orders", description="取消订单 Cancellation"
)


@blp.route("/<uuid:order_id>/cancel", methods=["POST"])
@requires(Permission.TRADE_CANCEL)
@idempotent
@blp.arguments(CancelSchema)
@blp.response(201, OrderSchema)
def cancel_order(command: dict[str, Any], order_id: uuid.UUID) -> ShownOrder:
    """Call a paid order off as its buyer; once packing has begun, the cooperative is asked."""
    actor = current_actor()
    with transaction():
        order = service.cancel_order(actor, order_id, **command)
        return show_order(actor, order, Standing.BUYER)


@blp.route("/<uuid:order_id>/cancel-sale", methods=["POST"])
@requires(Permission.AFTER_SALES_ANSWER)
@idempotent
@blp.arguments(CancelSchema)
@blp.response(201, OrderSchema)
def cancel_sale(command: dict[str, Any], order_id: uuid.UUID) -> ShownOrder:
    """Call off as the cooperative what was not shipped; the buyer gets its money back in full."""
    actor = current_actor()
    with transaction():
        order = service.cancel_sale(actor, order_id, **command)
        return show_order(actor, order, Standing.SELLER)


@blp.route("/<uuid:order_id>/cancellation/agree", methods=["POST"])
@requires(Permission.AFTER_SALES_ANSWER)
@blp.response(200, OrderSchema)
def agree_to_cancel(order_id: uuid.UUID) -> ShownOrder:
    """Consent to the buyer's request to call the order off."""
    actor = current_actor()
    with transaction():
        return show_order(actor, service.agree_to_cancel(actor, order_id), Standing.SELLER)


@blp.route("/<uuid:order_id>/cancellation/refuse", methods=["POST"])
@requires(Permission.AFTER_SALES_ANSWER)
@blp.arguments(RefuseCancellationSchema)
@blp.response(200, OrderSchema)
def refuse_to_cancel(command: dict[str, Any], order_id: uuid.UUID) -> ShownOrder:
    """Keep to the sale, saying why."""
    actor = current_actor()
    with transaction():
        order = service.refuse_to_cancel(actor, order_id, **command)
        return show_order(actor, order, Standing.SELLER)


@blp.route("/<uuid:order_id>/cancellation/withdraw", methods=["POST"])
@requires(Permission.TRADE_CANCEL)
@blp.response(200, OrderSchema)
def withdraw_cancellation(order_id: uuid.UUID) -> ShownOrder:
    """Take the request to call the order off back."""
    actor = current_actor()
    with transaction():
        return show_order(actor, service.withdraw_cancellation(actor, order_id), Standing.BUYER)
