"""What a purchase of listed goods would count for, for the one who looks."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from marketplace import clock
from partners.credits.facts import ProductKind, SaleFacts
from partners.credits.rules import Outcome
from partners.credits.service import judge
from partners.credits.showing import Counting, show_countings
from partners.regions.queries import tree
from products.catalogue.queries import SellableSku, categories, list_sellable
from products.listings.queries import ProductCard, ProductDetail
from products.storefront.reader import Reader

PAIRING = "pairing"


def judge_cards(cards: Sequence[ProductCard], reader: Reader) -> dict[UUID, str]:
    """Return, for the products that would count, the name of the region whose task they help."""
    if reader.region_code is None or not cards:
        return {}
    facts = [_card_facts(card, reader) for card in cards]
    return {
        outcome.line_id: tree().name(outcome.region_code)
        for outcome in judge(facts)
        if outcome.scheme == PAIRING and outcome.counts and outcome.region_code
    }


def judge_product(product: ProductDetail, reader: Reader) -> list[Counting]:
    """Say what one piece of a product would count for."""
    if reader.region_code is None or not product.skus:
        return []
    skus = list_sellable([product.skus[0].id])
    return show_countings(judge([_sku_facts(skus[0], reader)]), is_paid=False) if skus else []


def judge_skus(
    lines: Sequence[tuple[SellableSku, int]], reader: Reader
) -> dict[UUID, list[Counting]]:
    """Say what pieces of several SKUs would count for, by SKU."""
    if reader.region_code is None or not lines:
        return {}
    told: dict[UUID, list[Outcome]] = {}
    for outcome in judge([_sku_facts(sku, reader, quantity) for sku, quantity in lines]):
        told.setdefault(outcome.line_id, []).append(outcome)
    return {sku_id: show_countings(outcomes, is_paid=False) for sku_id, outcomes in told.items()}


def _sku_facts(sku: SellableSku, reader: Reader, quantity: int = 1) -> SaleFacts:
    """Return the facts as if it were bought and paid today; the SKU stands in for the order line."""
    return SaleFacts(
        line_id=sku.sku_id,
        sale_on=clock.today(),
        cooperative_id=sku.cooperative_id,
        cooperative_name=sku.cooperative_name,
        product_id=sku.product_id,
        product_name=sku.product_name,
        category=sku.category_code,
        product_kind=ProductKind(str(sku.product_kind)),
        origin_code=sku.origin_code,
        quantity=quantity,
        unit=sku.unit,
        amount_fen=sku.price_fen * quantity,
        buying_unit_id=reader.unit_id,
        buying_unit_name=reader.unit_name,
        buying_unit_kind=reader.unit_kind,
        buying_unit_is_budget=reader.unit_is_budget,
        attribution_code=reader.region_code,
        channel="online",
        certificate_no=sku.certificate_no,
        certificate_valid_from=sku.certificate_valid_from,
        certificate_valid_to=sku.certificate_valid_to,
        certificate_state=sku.certificate_state,
        is_food_or_farm=sku.is_food_or_farm,
    )


def _card_facts(card: ProductCard, reader: Reader) -> SaleFacts:
    """Return the facts of one piece at the card's price; its certificate is one in force today."""
    kind = ProductKind(card.kind)
    today = clock.today()
    return SaleFacts(
        line_id=card.id,
        sale_on=today,
        cooperative_id=card.cooperative_id,
        cooperative_name=card.cooperative_name,
        product_id=card.id,
        product_name=card.name,
        category=card.category_code,
        product_kind=kind,
        origin_code=card.origin_code,
        quantity=1,
        unit=card.unit,
        amount_fen=card.price_from_fen,
        buying_unit_id=reader.unit_id,
        buying_unit_name=reader.unit_name,
        buying_unit_kind=reader.unit_kind,
        buying_unit_is_budget=reader.unit_is_budget,
        attribution_code=reader.region_code,
        channel="online",
        certificate_no=card.certificate_no,
        certificate_valid_from=today if card.certificate_no else None,
        certificate_valid_to=card.certificate_valid_to,
        certificate_state="active" if card.certificate_no else None,
        is_food_or_farm=categories()[card.category_code].is_food
        or kind is ProductKind.AGRICULTURAL,
    )
