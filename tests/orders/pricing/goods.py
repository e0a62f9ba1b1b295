"""Goods that no database knows, for what is computed purely."""

import uuid
from dataclasses import replace

from marketplace.ids import new_id
from orders.pricing.freight import Goods
from partners.credits.facts import ProductKind
from products.catalogue.models import ReturnClass
from products.catalogue.queries import SellableSku

SKU = SellableSku(
    sku_id=new_id(), cooperative_id=new_id(), cooperative_name="示例合作社", product_id=new_id(),
    product_name="茶", spec="100 克", unit="袋", weight_g=100, volume_cm3=None, price_fen=100,
    available=1, is_listed=True, product_kind=ProductKind.AGRICULTURAL, category_code="tea",
    category_name="茶", is_food_or_farm=True, origin_code=None, certificate_no=None,
    certificate_valid_from=None, certificate_valid_to=None, certificate_state=None,
    return_class=ReturnClass.SEVEN_DAYS, photo_url=None,
)  # fmt: skip


def make_goods(
    quantity: int, price_fen: int, *, weight_g: int = 100, cooperative_id: uuid.UUID | None = None
) -> Goods:
    """Return pieces of a product of its own."""
    sku = replace(
        SKU,
        sku_id=new_id(),
        product_id=new_id(),
        weight_g=weight_g,
        volume_cm3=weight_g,
        cooperative_id=cooperative_id or SKU.cooperative_id,
    )
    return Goods(sku, quantity, price_fen)
