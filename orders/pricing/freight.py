"""The freight of what a cooperative sends together: a parcel per template, shared over its lines."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from marketplace.language import Text
from marketplace.money import split
from orders.freight.charging import NOT_SERVED, VOLUME_UNKNOWN, Charges, Sent, charge, units_of
from orders.freight.models import Basis
from orders.pricing.terms import Terms
from partners.regions.queries import tree
from products.catalogue.queries import SellableSku

NOT_TO_POINT = Text(
    "这家合作社不送到所选的自提点", "The cooperative sends nothing to this pick-up point"
)


@dataclass(frozen=True, slots=True)
class Goods:
    """Pieces of a SKU at the price of one piece that the buyer gets."""

    sku: SellableSku
    quantity: int
    price_fen: int

    @property
    def amount_fen(self) -> int:
        """The goods' amount before coupons."""
        return self.price_fen * self.quantity

    @property
    def sent(self) -> Sent:
        """What is charged by."""
        return Sent(
            quantity=self.quantity,
            weight_g=self.sku.weight_g,
            volume_cm3=self.sku.volume_cm3,
            amount_fen=self.amount_fen,
        )


def why_undeliverable(terms: Terms, goods: Goods, ship_to_code: str | None) -> Text | None:
    """Return why a line cannot be sent to a place, None if it can.

    Without a place only what holds everywhere is said.
    """
    if goods.sku.cooperative_id in terms.refused_by:
        return NOT_TO_POINT
    match = terms.freight_of(goods.sku)
    if match is None:
        return None
    if units_of(match.basis, goods.sent) is None:
        return VOLUME_UNKNOWN
    if match.charges is None and ship_to_code is not None:
        return NOT_SERVED.format(place=tree().full_name(ship_to_code))
    return None


def freight_shares(terms: Terms, lines: Sequence[Goods]) -> list[int]:
    """Return each line's share of the freight of one cooperative's deliverable lines.

    Lines of one template travel together and share its charge by their amounts, largest remainder
    first; parcels of several templates are charged each for itself. The shares sum to the freight.
    """
    shares = [0] * len(lines)
    parcels: dict[uuid.UUID, tuple[Basis, Charges, list[int]]] = {}
    for index, goods in enumerate(lines):
        match = terms.freight_of(goods.sku)
        if match is not None and match.charges is not None:
            parcel = parcels.setdefault(match.template_id, (match.basis, match.charges, []))
            parcel[2].append(index)
    for basis, charges, indexes in parcels.values():
        freight_fen = charge(charges, basis, [lines[i].sent for i in indexes])
        parts = split(freight_fen, [lines[i].amount_fen for i in indexes])
        for index, part in zip(indexes, parts, strict=True):
            shares[index] = part
    return shares
