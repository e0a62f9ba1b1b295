"""The API of guest carts, for storefronts whose visitors have not signed in."""

import uuid
from typing import Any

from marketplace.database import transaction
from marketplace.http import ApiBlueprint, requires
from marketplace.identity.actor import current_actor
from marketplace.permissions import Permission
from orders.carts import service as carts
from orders.carts.schemas import AddToCartSchema, CartSchema, SetCartLineSchema
from orders.carts.service import Cart
from orders.guest_carts import service
from orders.guest_carts.schemas import (
    GuestCartHeaderSchema,
    MergeGuestCartSchema,
    OpenedGuestCartSchema,
)
from orders.guest_carts.service import OpenedGuestCart
from products.storefront.reader import get_reader

blp = ApiBlueprint(
    "guest_carts", __name__, url_prefix="/api/v1", description="未登录购物车 Guest carts"
)


@blp.route("/guest-cart", methods=["POST"])
@requires(Permission.PUBLIC)
@blp.response(201, OpenedGuestCartSchema)
def open_guest_cart() -> OpenedGuestCart:
    """Open a cart for a visitor; its token goes into the header ``X-Guest-Cart``."""
    with transaction():
        return service.open_guest_cart()


@blp.route("/guest-cart", methods=["GET"])
@requires(Permission.PUBLIC)
@blp.arguments(GuestCartHeaderSchema, location="headers")
@blp.response(200, CartSchema)
def get_guest_cart(header: dict[str, str]) -> Cart:
    """Show the visitor's cart and what changed since things were put there."""
    return carts.show_cart(service.get_guest_cart(header["token"]).id)


@blp.route("/guest-cart/lines", methods=["POST"])
@requires(Permission.PUBLIC)
@blp.arguments(GuestCartHeaderSchema, location="headers")
@blp.arguments(AddToCartSchema)
@blp.response(200, CartSchema)
def add_to_guest_cart(header: dict[str, str], command: dict[str, Any]) -> Cart:
    """Put pieces of a SKU into the visitor's cart, added to those already there."""
    with transaction():
        cart_id = service.hold_guest_cart(header["token"]).id
        carts.add_to_cart(cart_id, command["sku_id"], command["quantity"])
        return carts.show_cart(cart_id)


@blp.route("/guest-cart/lines/<uuid:bought_sku_id>", methods=["PUT"])
@requires(Permission.PUBLIC)
@blp.arguments(GuestCartHeaderSchema, location="headers")
@blp.arguments(SetCartLineSchema)
@blp.response(200, CartSchema)
def set_guest_cart_line(
    header: dict[str, str], command: dict[str, Any], bought_sku_id: uuid.UUID
) -> Cart:
    """Make the visitor's cart hold exactly so many pieces of a SKU."""
    with transaction():
        cart_id = service.hold_guest_cart(header["token"]).id
        carts.set_cart_line(cart_id, bought_sku_id, command["quantity"])
        return carts.show_cart(cart_id)


@blp.route("/guest-cart/lines/<uuid:bought_sku_id>", methods=["DELETE"])
@requires(Permission.PUBLIC)
@blp.arguments(GuestCartHeaderSchema, location="headers")
@blp.response(200, CartSchema)
def remove_guest_cart_line(header: dict[str, str], bought_sku_id: uuid.UUID) -> Cart:
    """Take a SKU out of the visitor's cart."""
    with transaction():
        cart_id = service.hold_guest_cart(header["token"]).id
        carts.remove_cart_line(cart_id, bought_sku_id)
        return carts.show_cart(cart_id)


@blp.route("/cart/merge", methods=["POST"])
@requires(Permission.CART_WRITE)
@blp.arguments(MergeGuestCartSchema)
@blp.response(200, CartSchema)
def merge_guest_cart(command: dict[str, str]) -> Cart:
    """Put a guest cart into one's own after signing in; repeating it changes nothing."""
    account_id = current_actor().account_id
    with transaction():
        service.merge_guest_cart(account_id, command["guest_cart_token"])
        return carts.show_cart(account_id, unit_id=get_reader().unit_id)
