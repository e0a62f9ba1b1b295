"""What was offered, in a form that can be repeated: its digest names it, its token says it again.

The digest decides whether what was shown is what is charged. The token lets the answer tell what
changed between: it is read for that only, and only where it is what the digest names.
"""

import base64
import binascii
import hashlib
import uuid
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, field

# The longest that a hundred lines come to, with room to spare; a token is not unpacked beyond it.
MAX_TEXT = 50_000
MAX_TOKEN = 20_000
_PICKUP = "collected at "


@dataclass(frozen=True, slots=True)
class OfferedLine:
    """So many pieces at so much each, less so much."""

    quantity: int
    price_fen: int
    discount_fen: int


@dataclass(slots=True, kw_only=True)
class Offer:
    """What a buyer agrees to: lines by SKU, freight by cooperative, coupons, where to, for whom."""

    lines: dict[uuid.UUID, OfferedLine] = field(default_factory=dict)
    freight: dict[uuid.UUID, int] = field(default_factory=dict)
    coupons: dict[uuid.UUID, int] = field(default_factory=dict)
    ship_to_code: str = ""
    region_code: str = ""
    buying_unit_id: uuid.UUID | None = None
    pickup_point_id: uuid.UUID | None = None

    @property
    def total_fen(self) -> int:
        """What it comes to."""
        goods = (one.quantity * one.price_fen - one.discount_fen for one in self.lines.values())
        return sum(goods) + sum(self.freight.values())


def write_offer(offer: Offer) -> str:
    """Return an offer as text: equal offers, and only these, have equal texts."""
    parts = [
        f"{sku_id}*{one.quantity}@{one.price_fen}-{one.discount_fen}"
        for sku_id, one in offer.lines.items()
    ]
    parts += [f"{owner}+{fen}" for owner, fen in offer.freight.items()]
    parts += [f"{holding_id}={fen}" for holding_id, fen in offer.coupons.items()]
    if offer.pickup_point_id is not None:
        parts.append(f"{_PICKUP}{offer.pickup_point_id}")
    parts += [offer.ship_to_code, offer.region_code, str(offer.buying_unit_id)]
    return "\n".join(parts)


def digest_of(text: str) -> str:
    """Return the name of an offer's text."""
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def token_of(text: str) -> str:
    """Pack an offer's text, to be sent along and back."""
    return base64.urlsafe_b64encode(zlib.compress(text.encode())).decode().rstrip("=")


def read_token(token: str, digest: str) -> Offer | None:
    """Return the offer of a token, None for a token that is not what the digest names."""
    try:
        packed = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))
        text = zlib.decompressobj().decompress(packed, MAX_TEXT).decode()
    except (ValueError, binascii.Error, zlib.error):
        return None
    return _read(text.split("\n")) if token and digest_of(text) == digest else None


def _read(parts: Sequence[str]) -> Offer | None:
    """Read what ``write_offer`` wrote; whoever made a text and its digest up is told nothing."""
    try:
        offer = Offer(ship_to_code=parts[-3], region_code=parts[-2])
        offer.buying_unit_id = None if parts[-1] == "None" else uuid.UUID(parts[-1])
        for part in parts[:-3]:
            if part.startswith(_PICKUP):
                offer.pickup_point_id = uuid.UUID(part.removeprefix(_PICKUP))
            elif "*" in part:
                sku_id, _, rest = part.partition("*")
                quantity, _, rest = rest.partition("@")
                price, _, discount = rest.partition("-")
                line = OfferedLine(int(quantity), int(price), int(discount))
                offer.lines[uuid.UUID(sku_id)] = line
            elif "+" in part:
                owner, _, fen = part.partition("+")
                offer.freight[uuid.UUID(owner)] = int(fen)
            else:
                holding_id, _, fen = part.partition("=")
                offer.coupons[uuid.UUID(holding_id)] = int(fen)
    except (ValueError, IndexError):
        return None
    return offer
