"""What a parcel costs: pure functions from a zone's charges and what is sent to an amount."""

from collections.abc import Sequence
from dataclasses import dataclass

from marketplace.language import Text
from orders.freight.models import Basis

NOT_SERVED = Text("不支持配送到{place}", "Not delivered to {place}")
VOLUME_UNKNOWN = Text(
    "合作社没有填写体积，暂时无法计算运费",
    "The seller has not stated its volume; freight is unknown",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Charges:
    """What a zone charges; amounts in fen, units in the template's measure."""

    first_units: int
    first_fen: int
    further_units: int
    further_fen: int
    free_from_fen: int | None = None
    free_from_pieces: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """So many pieces of a SKU in a parcel, and what they cost before coupons."""

    quantity: int
    weight_g: int
    volume_cm3: int | None
    amount_fen: int


def units_of(basis: Basis, sent: Sent) -> int | None:
    """Return what some pieces measure; None where their volume is not known."""
    if basis is Basis.PIECE:
        return sent.quantity
    if basis is Basis.WEIGHT:
        return sent.quantity * sent.weight_g
    return None if sent.volume_cm3 is None else sent.quantity * sent.volume_cm3


def charge(charges: Charges, basis: Basis, parcel: Sequence[Sent]) -> int:
    """Return the freight of a parcel whose volumes are known, in fen.

    Free thresholds look at the goods at their bulk prices, before coupons: a coupon must not cost
    its holder the free delivery.
    """
    if not parcel:
        return 0
    goods_fen = sum(sent.amount_fen for sent in parcel)
    pieces = sum(sent.quantity for sent in parcel)
    if charges.free_from_fen is not None and goods_fen >= charges.free_from_fen:
        return 0
    if charges.free_from_pieces is not None and pieces >= charges.free_from_pieces:
        return 0
    units = sum(units_of(basis, sent) or 0 for sent in parcel)
    further = max(units - charges.first_units, 0)
    begun = -(-further // charges.further_units)
    return charges.first_fen + begun * charges.further_fen
