"""What of the wanted can be sold, at which price; and for the rest, why not."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from marketplace.language import Text
from orders.pricing.freight import Goods, why_undeliverable
from orders.pricing.limits import Buyer, over_limit
from orders.pricing.terms import Terms
from products.catalogue.queries import SellableSku


@dataclass(frozen=True, slots=True)
class Wanted:
    """So many pieces of a SKU."""

    sku_id: uuid.UUID
    quantity: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Unavailable:
    """Something wanted that cannot be sold now, and why."""

    sku_id: uuid.UUID
    product_name: str | None
    quantity: int
    available: int
    reason: Text


def sift(
    wanted: Sequence[Wanted],
    skus: dict[uuid.UUID, SellableSku],
    terms: Terms,
    ship_to_code: str,
    buyer: Buyer,
    *,
    is_placing: bool,
) -> tuple[list[Goods], list[Unavailable]]:
    """Part what can be sold and sent from what cannot, or not to this buyer."""
    sellable: list[Goods] = []
    reasons: dict[uuid.UUID, Text] = {}
    for item in wanted:
        sku = skus.get(item.sku_id)
        reason = _why_unsold(sku, item.quantity)
        if sku is None or reason is not None:
            reasons[item.sku_id] = reason or Text("商品不存在", "No such item")
            continue
        price_fen = terms.price_of(sku, item.quantity, is_for_unit=buyer.unit_id is not None)
        goods = Goods(sku, item.quantity, price_fen)
        reason = why_undeliverable(terms, goods, ship_to_code)
        if reason is not None:
            reasons[item.sku_id] = reason
        else:
            sellable.append(goods)
    reasons |= over_limit(terms, sellable, buyer, is_placing=is_placing)
    unavailable = [
        _unavailable(item, skus.get(item.sku_id), reasons[item.sku_id])
        for item in wanted
        if item.sku_id in reasons
    ]
    return [goods for goods in sellable if goods.sku.sku_id not in reasons], unavailable


def _why_unsold(sku: SellableSku | None, quantity: int) -> Text | None:
    if sku is None:
        return Text("商品不存在", "No such item")
    if not sku.is_listed:
        return Text("商品已下架", "No longer sold")
    if sku.available < quantity:
        return Text("库存只剩 {left} 件", "Only {left} left in stock").format(
            left=max(sku.available, 0)
        )
    return None


def _unavailable(item: Wanted, sku: SellableSku | None, reason: Text) -> Unavailable:
    return Unavailable(
        sku_id=item.sku_id,
        product_name=sku.product_name if sku else None,
        quantity=item.quantity,
        available=max(sku.available, 0) if sku and sku.is_listed else 0,
        reason=reason,
    )
