"""The cart's page: goods of several cooperatives, what changed since, and what each would count for."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from flask import g, redirect, request
from werkzeug.wrappers import Response

from marketplace import layout
from marketplace.database import transaction
from marketplace.errors import Unprocessable
from marketplace.forms import NUMBER_UNREADABLE, whole_of
from marketplace.http import requires
from marketplace.identity.actor import current_actor
from marketplace.language import Text
from marketplace.pages import PageBlueprint, render
from marketplace.permissions import Permission
from orders.carts import queries, service
from orders.carts.service import SeenLine, StaleReason
from orders.freight.places import find_place
from orders.guest_carts import carrier
from orders.pricing.freight import Goods, freight_shares, why_undeliverable
from orders.pricing.terms import Terms, load_terms
from partners.credits.showing import Counting
from partners.regions.queries import tree
from products.storefront.drawings import drawing_of
from products.storefront.judging import judge_skus
from products.storefront.reader import get_reader
from products.storefront.showing import place as place_of

blueprint = PageBlueprint("carts_pages", __name__)


@dataclass(slots=True, kw_only=True)
class CartGroup:
    """What lies in the cart from one cooperative."""

    name: str
    lines: list[dict[str, Any]] = field(default_factory=list)
    goods_fen: int = 0
    freight_fen: int | None = 0
    goods: list[Goods] = field(default_factory=list)


@blueprint.get("/cart")
@requires(Permission.PUBLIC)
def show_cart() -> Response:
    """Show the cart, grouped by cooperative; a visitor's too."""
    holder = carrier.find_holder()
    unit_id = get_reader().unit_id
    cart = service.show_cart(holder, unit_id=unit_id) if holder is not None else None
    seen = cart.lines if cart is not None else []
    place = find_place()
    groups = _groups(seen, place)
    goods_fen = sum(group.goods_fen for group in groups)
    freight_fen = sum(group.freight_fen or 0 for group in groups)
    return render(
        "carts/cart.html",
        groups=groups,
        goods_fen=goods_fen,
        freight_fen=freight_fen,
        total_fen=goods_fen + freight_fen,
        is_freight_known=all(group.freight_fen is not None for group in groups),
        place_name=tree().full_name(place) if place else None,
        can_check_out=all(line.is_buyable for line in seen),
        left_behind=_count_left_behind(),
    )


def _groups(seen: Sequence[SeenLine], place: str | None) -> list[CartGroup]:
    terms = load_terms([line.sku for line in seen if line.sku is not None], place)
    sellable = [(line.sku, line.line.quantity) for line in seen if line.sku is not None]
    reader = get_reader()
    told = judge_skus(sellable, reader)
    groups: dict[uuid.UUID | None, CartGroup] = {}
    for line in seen:
        owner = line.sku.cooperative_id if line.sku else None
        name = line.sku.cooperative_name if line.sku else str(Text("已不在售", "No longer sold"))
        group = groups.setdefault(owner, CartGroup(name=name))
        shown = _line(line, told.get(line.line.sku_id, []))
        group.lines.append(shown)
        if line.sku is not None and line.sku.is_listed:
            quantity = line.line.quantity
            goods = Goods(line.sku, quantity, line.price_fen)
            shown |= {"price_fen": line.price_fen, "amount_fen": line.amount_fen}
            refusal = why_undeliverable(terms, goods, place)
            if refusal is not None:
                shown["notes"] = (*shown["notes"], refusal)
            elif StaleReason.OVER_LIMIT not in line.stale:
                group.goods.append(goods)
            group.goods_fen += goods.amount_fen
    for group in groups.values():
        group.freight_fen = _freight(terms, group.goods, place)
    return list(groups.values())


def _freight(terms: Terms, goods: list[Goods], place: str | None) -> int | None:
    """Return the freight of a cooperative's goods; None while it depends on a place not yet known."""
    matches = [terms.freight_of(one.sku) for one in goods]
    if place is None and any(match is not None and match.differs_by_place for match in matches):
        return None
    return sum(freight_shares(terms, goods))


def _line(seen: SeenLine, countings: list[Counting]) -> dict[str, Any]:
    sku = seen.sku
    is_sold = sku is not None and sku.is_listed
    return {
        "sku_id": seen.line.sku_id,
        "product_name": sku.product_name
        if sku
        else str(Text("已下架商品", "An item no longer sold")),
        "spec": sku.spec if sku else "",
        "unit": sku.unit if sku else None,
        "origin": place_of(sku.origin_code) if sku else "",
        "price_fen": sku.price_fen if sku else seen.line.price_seen_fen,
        "quantity": seen.line.quantity,
        "photo_url": sku.photo_url if sku else None,
        "drawing": drawing_of(sku.category_code) if sku else "other",
        "href": f"/products/{sku.product_id}" if sku and is_sold else None,
        "is_sold": is_sold,
        "notes": seen.notes,
        "countings": countings if is_sold else [],
    }


@blueprint.post("/cart/lines")
@requires(Permission.PUBLIC)
def add_cart_line() -> Response:
    """Put pieces of a SKU into the cart; a visitor's first opens one."""
    sku_id = _sku_id(request.form.get("sku_id", ""))
    with transaction():
        service.add_to_cart(carrier.hold_cart(), sku_id, _quantity())
    layout.tell(Text("已加入购物车", "Added to your cart"))
    return carrier.carry(redirect("/cart", 303))


@blueprint.post("/cart/lines/<uuid:bought_sku_id>")
@requires(Permission.PUBLIC)
def change_cart_line(bought_sku_id: uuid.UUID) -> Response:
    """Change how many pieces of a SKU lie in the cart."""
    with transaction():
        service.set_cart_line(carrier.hold_cart(), bought_sku_id, _quantity())
    return carrier.carry(redirect("/cart", 303))


@blueprint.post("/cart/lines/<uuid:bought_sku_id>/remove")
@requires(Permission.PUBLIC)
def drop_cart_line(bought_sku_id: uuid.UUID) -> Response:
    """Take a SKU out of the cart."""
    with transaction():
        service.remove_cart_line(carrier.hold_cart(), bought_sku_id)
    return carrier.carry(redirect("/cart", 303))


@blueprint.post("/cart/merge")
@requires(Permission.CART_WRITE)
def merge_left_cart() -> Response:
    """Put into the cart what was put aside in this browser before the sign-in."""
    with transaction():
        carrier.hold_cart()
    layout.tell(Text("已并入购物车", "Put into your cart"))
    return carrier.carry(redirect("/cart", 303))


def _count_left_behind() -> int:
    """Count what another tab put aside while this browser was signing in; reading merges nothing."""
    if current_actor().is_anonymous:
        return 0
    left = carrier.find_left_cart()
    return queries.count_lines(left) if left is not None else 0


def _sku_id(text: str) -> uuid.UUID:
    try:
        return uuid.UUID(text)
    except ValueError:
        raise Unprocessable(fields={"sku_id": Text("请选择规格", "Choose an option")}) from None


def _quantity() -> int:
    quantity = whole_of(request.form.get("quantity", ""))
    if not quantity:
        raise Unprocessable(fields={"quantity": NUMBER_UNREADABLE})
    return quantity


def _count_cart() -> int:
    """Count the cart's lines once per request, for the figure beside the cart's name."""
    if "cart_count" not in g:
        holder = carrier.find_holder()
        g.cart_count = queries.count_lines(holder) if holder is not None else 0
    counted: int = g.cart_count
    return counted


layout.count_cart_with(_count_cart)
