"""The API of the cart: one per account."""

import uuid
from typing import Any

from marketplace.database import transaction
from marketplace.http import ApiBlueprint, requires
from marketplace.identity.actor import current_actor
from marketplace.permissions import Permission
from orders.carts import service
from orders.carts.schemas import AddToCartSchema, CartSchema, SetCartLineSchema
from orders.carts.service import Cart
from products.storefront.reader import get_reader

blp = ApiBlueprint("carts", __name__, url_prefix="/api/v1/cart", description="购物车 The cart")


def _shown(account_id: uuid.UUID) -> Cart:
    # As in pages: who buys for a unit sees the unit's prices.
    return service.show_cart(account_id, unit_id=get_reader().unit_id)


@blp.route("", methods=["GET"])
@requires(Permission.CART_WRITE)
@blp.response(200, CartSchema)
def get_cart() -> Cart:
    """Show the caller's cart and what changed since things were put there."""
    return _shown(current_actor().account_id)


@blp.route("/lines", methods=["POST"])
@requires(Permission.CART_WRITE)
@blp.arguments(AddToCartSchema)
@blp.response(200, CartSchema)
def add_to_cart(command: dict[str, Any]) -> Cart:
    """Put pieces of a SKU into the cart, added to those already there."""
    account_id = current_actor().account_id
    with transaction():
        service.add_to_cart(account_id, command["sku_id"], command["quantity"])
        return _shown(account_id)


@blp.route("/lines/<uuid:bought_sku_id>", methods=["PUT"])
@requires(Permission.CART_WRITE)
@blp.arguments(SetCartLineSchema)
@blp.response(200, CartSchema)
def set_cart_line(command: dict[str, Any], bought_sku_id: uuid.UUID) -> Cart:
    """Make the cart hold exactly so many pieces of a SKU."""
    account_id = current_actor().account_id
    with transaction():
        service.set_cart_line(account_id, bought_sku_id, command["quantity"])
        return _shown(account_id)


@blp.route("/lines/<uuid:bought_sku_id>", methods=["DELETE"])
@requires(Permission.CART_WRITE)
@blp.response(200, CartSchema)
def remove_cart_line(bought_sku_id: uuid.UUID) -> Cart:
    """Take a SKU out of the cart."""
    account_id = current_actor().account_id
    with transaction():
        service.remove_cart_line(account_id, bought_sku_id)
        return _shown(account_id)
