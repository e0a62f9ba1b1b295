"""What of the wanted can be sold, at which price; and for the rest, why not and what to do."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from marketplace.language import Text
from orders.freight.charging import VOLUME_UNKNOWN
from orders.pricing.freight import NOT_TO_POINT, Goods, why_undeliverable
from orders.pricing.limits import Buyer, over_limit
from orders.pricing.shortage import say_left
from orders.pricing.terms import Terms
from products.catalogue.queries import SellableSku


@dataclass(frozen=True, slots=True)
class Wanted:
    """So many pieces of a SKU."""

    sku_id: uuid.UUID
    quantity: int


_REMOVE = Text("请从购物车移除", "Take it out of the cart")
_TAKE_FEWER = Text("请在购物车减少数量，或移除", "Take fewer, or take it out of the cart")
_GO_ELSEWHERE = Text(
    "请换一个收货地区，或从购物车移除", "Choose another place, or take it out of the cart"
)
_FETCH_ELSEWHERE = Text(
    "请换一个自提点、选择送货，或从购物车移除",
    "Choose another point, have it delivered, or take it out of the cart",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Unavailable:
    """Something wanted that cannot be sold now, why, and what the buyer can do about it."""

    sku_id: uuid.UUID
    product_name: str | None
    quantity: int
    available: int
    reason: Text
    remedy: Text


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
    refused: dict[uuid.UUID, tuple[Text, Text]] = {}
    for item in wanted:
        sku = skus.get(item.sku_id)
        if sku is None:
            refused[item.sku_id] = (Text("商品不存在", "No such item"), _REMOVE)
            continue
        price_fen = terms.price_of(sku, item.quantity, is_for_unit=buyer.unit_id is not None)
        goods = Goods(sku, item.quantity, price_fen)
        reason = _why_unsold(goods) or _why_unsent(terms, goods, ship_to_code)
        if reason is not None:
            refused[item.sku_id] = reason
        else:
            sellable.append(goods)
    too_many = over_limit(terms, sellable, buyer, is_placing=is_placing)
    refused |= {sku_id: (reason, _TAKE_FEWER) for sku_id, reason in too_many.items()}
    unavailable = [
        _unavailable(item, skus.get(item.sku_id), *refused[item.sku_id])
        for item in wanted
        if item.sku_id in refused
    ]
    return [goods for goods in sellable if goods.sku.sku_id not in refused], unavailable


def _why_unsold(goods: Goods) -> tuple[Text, Text] | None:
    """Return why something is not sold now, and the remedy."""
    if not goods.sku.is_listed:
        return Text("商品已下架", "No longer sold"), _REMOVE
    left = goods.sku.available
    if left < goods.quantity:
        return say_left(left), _TAKE_FEWER if left > 0 else _REMOVE
    return None


def _why_unsent(terms: Terms, goods: Goods, ship_to_code: str) -> tuple[Text, Text] | None:
    """Return why something is not sent there, and the remedy."""
    reason = why_undeliverable(terms, goods, ship_to_code)
    if reason is None:
        return None
    if reason is NOT_TO_POINT:
        return reason, _FETCH_ELSEWHERE
    return reason, _REMOVE if reason is VOLUME_UNKNOWN else _GO_ELSEWHERE


def _unavailable(item: Wanted, sku: SellableSku | None, reason: Text, remedy: Text) -> Unavailable:
    return Unavailable(
        sku_id=item.sku_id,
        product_name=sku.product_name if sku else None,
        quantity=item.quantity,
        available=max(sku.available, 0) if sku and sku.is_listed else 0,
        reason=reason,
        remedy=remedy,
    )
