"""What is known of a sale when it is judged: plain values, kept beside the decision for good."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from uuid import UUID

# Doubts, as they are kept with a sale and read by the office that decides.
BUYER_IS_SELLER = "buyer_is_seller"
UNIT_CLERK_IS_SELLER = "unit_clerk_is_seller"


class ProductKind(StrEnum):
    """What decides where a product comes from: the field, its main raw material, or the maker."""

    AGRICULTURAL = "agricultural"
    PROCESSED = "processed"
    CRAFT = "craft"


@dataclass(frozen=True, slots=True, kw_only=True)
class SaleFacts:
    """One sale line: an order line, or an approved line of an offline declaration.

    ``sale_on`` is the Shanghai date of full payment, or of acceptance where the goods come first.
    ``origin_code`` is where it grew, where its main raw material grew (processed goods) or where
    it was made (crafts); None where that is unknown. ``amount_fen`` is the line's goods net of
    discounts; ``freight_fen`` its share of the freight, which a rule may or may not count.
    ``buying_unit_is_budget`` tells a 预算单位 (or its union), whose reserved share is measured.
    ``attribution_code`` is the eastern region that the order counts for. ``flags`` name doubts:
    a flagged sale is sold as usual, but its credit is held until an office decides.
    """

    line_id: UUID
    line_kind: str = "order_line"
    sale_on: date
    cooperative_id: UUID
    cooperative_name: str
    product_id: UUID
    product_name: str
    category: str
    product_kind: ProductKind
    origin_code: str | None
    quantity: int
    unit: str
    amount_fen: int
    freight_fen: int = 0
    buying_unit_id: UUID | None
    buying_unit_name: str | None
    buying_unit_kind: str | None = None
    buying_unit_is_budget: bool = False
    attribution_code: str | None
    channel: str
    outlet_id: UUID | None = None
    certificate_no: str | None
    certificate_valid_from: date | None
    certificate_valid_to: date | None
    certificate_state: str | None
    is_food_or_farm: bool
    flags: tuple[str, ...] = ()
