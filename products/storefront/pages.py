"""The shop window's pages: home by paired region, the list, a product."""

from __future__ import annotations

import uuid
from typing import Any
from urllib.parse import urlencode

from flask import request
from werkzeug.wrappers import Response

from marketplace import clock
from marketplace.http import requires
from marketplace.language import Text
from marketplace.pages import PageBlueprint, render
from marketplace.permissions import Permission
from partners.pairings import queries as pairings
from partners.pairings.places import eastern_places
from partners.regions.queries import tree
from products.catalogue.queries import categories
from products.listings import queries as listings
from products.listings.queries import ProductCard
from products.listings.statements import Sort
from products.offers.queries import find_offers
from products.storefront import judging, showing
from products.storefront.delivery import find_delivery
from products.storefront.drawings import drawing_of
from products.storefront.reader import Reader, get_reader

blueprint = PageBlueprint("storefront_pages", __name__)

NEW_ON_HOME = 8
PAGE = 24
_SORTS = {
    Sort.NEWEST: Text("最新上架", "Newest"),
    Sort.PRICE_ASC: Text("价格从低到高", "Price: low to high"),
    Sort.PRICE_DESC: Text("价格从高到低", "Price: high to low"),
    Sort.NAME: Text("名称", "Name"),
}


@blueprint.get("/")
@requires(Permission.PUBLIC)
def home() -> Response:
    """Show the pairings in force today, the categories and what is new."""
    reader = get_reader()
    in_force = pairings.list_in_force(clock.today())
    in_force.sort(key=lambda entry: not showing.is_mine(entry, reader.region_code))
    newest = listings.list_page(limit=NEW_ON_HOME)
    return render(
        "storefront/home.html",
        flow=showing.flow(in_force, reader.region_code),
        pairings=[showing.pairing_card(entry, reader.region_code) for entry in in_force],
        categories=_chips({}),
        products=_cards(newest.items, reader),
    )


@blueprint.get("/products")
@requires(Permission.PUBLIC)
def browse_products() -> Response:
    """List what is on sale by words, origin, category and order."""
    reader = get_reader()
    wanted = {
        name: request.args.get(name, "").strip() or None for name in ("q", "region", "category")
    }
    sort = Sort(request.args["sort"]) if request.args.get("sort") in set(Sort) else Sort.NEWEST
    page = listings.list_page(**wanted, sort=sort, limit=PAGE, after=request.args.get("after"))
    filters = {**wanted, "sort": str(sort)}
    return render(
        "storefront/products.html",
        heading=_heading(wanted),
        note=_note(reader),
        products=_cards(page.items, reader),
        categories=_chips(filters),
        filters=filters,
        regions=_origins(wanted["region"]),
        sorts=[(str(one), words) for one, words in _SORTS.items()],
        next_url=_address(filters, after=page.next) if page.next else None,
    )


@blueprint.get("/products/<uuid:product_id>")
@requires(Permission.PUBLIC)
def view_product(product_id: uuid.UUID) -> Response:
    """Show one product with its origin, certificate and what it would count for."""
    product = listings.get_detail(product_id)
    reader = get_reader()
    offers = find_offers(product_id, [sku.id for sku in product.skus])
    return render(
        "storefront/product.html",
        product=product,
        drawing=drawing_of(product.category_code),
        category_href=_address({"category": product.category_code}),
        skus=[showing.sku_view(sku, offers.steps_of(sku.id)) for sku in product.skus],
        limits=showing.limit_words(product, offers.buyer_limits),
        is_buyable=any(sku.available > 0 for sku in product.skus),
        kind_label=showing.KINDS[product.kind],
        return_label=showing.RETURNS[product.return_class],
        origin_facts=showing.origin_facts(product),
        facts=showing.product_facts(product),
        countings=judging.judge_product(product, reader),
        delivery=find_delivery([sku.id for sku in product.skus]),
        reader=reader,
        region_choices=eastern_places(clock.today()),
    )


def _cards(cards: list[ProductCard], reader: Reader) -> list[showing.CardView]:
    helped = judging.judge_cards(cards, reader)
    return [showing.card_view(card, helped) for card in cards]


def _address(filters: dict[str, Any], **more: Any) -> str:
    given = {name: value for name, value in {**filters, **more}.items() if value}
    return f"/products?{urlencode(given)}" if given else "/products"


def _chips(filters: dict[str, Any]) -> list[dict[str, Any]]:
    """The top categories; under a chosen one, its parts."""
    chosen = filters.get("category")
    kept = {name: value for name, value in filters.items() if name != "category"}
    nodes = categories()
    path = nodes[chosen].path if chosen in nodes else ()
    top = path[0] if path else None
    chips = [
        {
            "name": Text("全部", "All"),
            "href": _address(kept),
            "is_chosen": bool(filters) and not path,
        }
    ]
    for node in nodes.values():
        if node.parent_code == top or (node.parent_code is None and node.code == top):
            href = _address(kept, category=node.code)
            chips.append({"name": node.name, "href": href, "is_chosen": node.code == chosen})
    return chips


def _origins(chosen: str | None) -> list[tuple[str, str]]:
    """The western regions to filter by: those of the pairings in force, and the one chosen."""
    codes = dict.fromkeys(entry.west_code for entry in pairings.list_in_force(clock.today()))
    if chosen and chosen in tree():
        codes.setdefault(chosen)
    return [(code, tree().full_name(code)) for code in codes]


def _heading(wanted: dict[str, str | None]) -> str:
    region, category = wanted["region"], wanted["category"]
    place = tree().name(region) if region and region in tree() else ""
    if wanted["q"]:
        return str(Text("搜索“{q}”", "Search “{q}”").format(q=wanted["q"]))
    if category and category in categories():
        return f"{place} {categories()[category].name}".strip()
    if place:
        return str(Text("{place}的好物", "From {place}").format(place=place))
    return str(Text("全部商品", "All products"))


def _note(reader: Reader) -> str | None:
    if reader.region_code is None:
        return None
    for_whom = reader.unit_name or reader.region_name
    return str(
        Text(
            "正按“{name}”判断可否计入；产地或认定不符的商品照常出售，只是不计入。",
            "Judged for “{name}”. Goods whose origin or certificate does not fit are sold all the"
            " same, they only do not count.",
        ).format(name=for_whom)
    )
