"""What sending some pieces of a spec to a place would cost, for shoppers and for their seller."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from marketplace.errors import NotFound, Unprocessable
from marketplace.language import Text
from orders.pricing.freight import Goods, freight_shares, why_undeliverable
from orders.pricing.terms import load_terms
from partners.regions.queries import tree
from products.catalogue.queries import SellableSku, list_sellable


class PlaceUnknown(Unprocessable):
    title = Text("没有这个地区", "There is no such region")

    def __init__(self) -> None:
        super().__init__(fields={"ship_to_code": self.title})


@dataclass(frozen=True, slots=True, kw_only=True)
class FreightPreview:
    """The answer for one spec; ``freight_fen`` is None where it is not sent, as ``reason`` says."""

    sku_id: uuid.UUID
    quantity: int
    ship_to_code: str
    freight_fen: int | None
    reason: Text | None

    @property
    def is_served(self) -> bool:
        return self.reason is None

    @property
    def ship_to_name(self) -> str:
        return tree().full_name(self.ship_to_code)


def preview_freight(sku_id: uuid.UUID, quantity: int, ship_to_code: str) -> FreightPreview:
    """Return what sending pieces of one spec alone would cost now.

    Raises NotFound for a spec that is not sold, PlaceUnknown.
    """
    skus = list_sellable([sku_id])
    if not skus or not skus[0].is_listed:
        raise NotFound
    return preview_of(skus, quantity, ship_to_code)[0]


def preview_of(
    skus: Sequence[SellableSku], quantity: int, ship_to_code: str
) -> list[FreightPreview]:
    """Return what sending so many pieces of each of some specs would cost, each sent alone."""
    if ship_to_code not in tree():
        raise PlaceUnknown
    terms = load_terms(skus, ship_to_code)
    previews = []
    for sku in skus:
        price_fen = terms.price_of(sku, quantity, is_for_unit=False)
        goods = Goods(sku, quantity, price_fen)
        reason = why_undeliverable(terms, goods, ship_to_code)
        previews.append(
            FreightPreview(
                sku_id=sku.sku_id,
                quantity=quantity,
                ship_to_code=ship_to_code,
                freight_fen=None if reason else sum(freight_shares(terms, [goods])),
                reason=reason,
            )
        )
    return previews
