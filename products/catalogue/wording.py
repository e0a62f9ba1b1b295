"""A product's state and papers in words, for its cooperative and its reviewers."""

from __future__ import annotations

from typing import Any

from marketplace.language import Text
from partners.credits.facts import ProductKind
from partners.regions.queries import tree
from products.catalogue.models import ListingState, ReturnClass
from products.catalogue.queries import ManagedProduct, categories
from products.media.addresses import photo_url
from products.storefront.drawings import drawing_of
from products.storefront.showing import KINDS, RETURNS

STATES = {
    ListingState.DRAFT: Text("草稿", "Draft"),
    ListingState.SUBMITTED: Text("待审核", "In review"),
    ListingState.RETURNED: Text("已退回", "Returned"),
    ListingState.LISTED: Text("在售", "On sale"),
    ListingState.PAUSED: Text("已下架", "Paused"),
    ListingState.WITHDRAWN: Text("已撤下", "Withdrawn"),
}
TONES = {
    ListingState.SUBMITTED: "pending",
    ListingState.RETURNED: "attention",
    ListingState.LISTED: "confirmed",
}
KIND_CHOICES = [(str(kind), KINDS[str(kind)]) for kind in ProductKind]
RETURN_CHOICES = [(str(one), RETURNS[str(one)]) for one in ReturnClass]


def leaf_categories() -> list[tuple[str, str]]:
    """Return the categories on which products hang, under the name of the one above."""
    nodes = categories()
    return [
        (
            node.code,
            f"{nodes[node.parent_code].name} · {node.name}" if node.parent_code else str(node.name),
        )
        for node in nodes.values()
        if node.is_leaf
    ]


def card(managed: ManagedProduct) -> dict[str, Any]:
    """Return a product as a list of its cooperative or its reviewer shows it."""
    product = managed.product
    on_hand = sum(sku.on_hand for sku in managed.skus)
    reserved = sum(sku.reserved for sku in managed.skus)
    return {
        "id": product.id,
        "name": product.name,
        "version": product.version,
        "state": product.state,
        "state_label": STATES[product.state],
        "tone": TONES.get(product.state, ""),
        "return_reason": product.return_reason,
        "photo_url": photo_url(product.cover_digest) if product.cover_digest else None,
        "drawing": drawing_of(product.category_code),
        "price_fen": min((sku.price_fen for sku in managed.skus if sku.is_active), default=None),
        "on_hand": on_hand,
        "available": on_hand - reserved,
        "origin": tree().full_name(product.origin_code),
        "submitted_at": product.submitted_at,
        "skus": managed.skus,
        "photos": [
            {"id": photo.id, "small_url": photo_url(photo.digest), "large_url": photo_url(photo.digest, "large")}
            for photo in managed.photos
        ],
        "facts": facts(managed),
    }  # fmt: skip


def facts(managed: ManagedProduct) -> list[tuple[str, str]]:
    """Return what a reviewer compares with the papers."""
    product = managed.product
    material = product.main_material_code
    days = product.shelf_life_days
    said: list[tuple[Text, str | None]] = [
        (Text("类型", "Kind"), str(KINDS[str(product.kind)])),
        (Text("品类", "Category"), str(categories()[product.category_code].name)),
        (Text("产地", "Origin"), tree().full_name(product.origin_code)),
        (Text("主要原料产地", "Main material from"), tree().full_name(material) if material else None),
        (Text("退货", "Returns"), str(RETURNS[str(product.return_class)])),
        (Text("生产许可证", "Production licence"), product.sc_licence_no),
        (Text("检疫证明", "Quarantine certificate"), product.quarantine_certificate_no),
        (Text("净含量", "Net content"), product.net_content),
        (Text("保质期", "Shelf life"), str(Text("{n} 天", "{n} days").format(n=days)) if days else None),
        (Text("贮存条件", "Storage"), product.storage_conditions),
        (Text("说明", "Description"), product.description or None),
    ]  # fmt: skip
    return [(str(label), value) for label, value in said if value]
