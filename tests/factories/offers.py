"""Bulk prices and limits as tests need them."""

import uuid
from typing import Any

from products.catalogue.models import Sku
from products.catalogue.queries import lock_product, lock_sku
from products.offers.models import Period
from products.offers.service import set_buyer_limits, set_price_steps
from tests.factories.orders import Seller


def step(from_quantity: int, price_fen: int, *, is_for_units: bool = False) -> dict[str, Any]:
    """Return a bulk price."""
    return {"from_quantity": from_quantity, "price_fen": price_fen, "is_for_units": is_for_units}


def give_steps(seller: Seller, sku: Sku, *steps: dict[str, Any]) -> None:
    """Set a spec's bulk prices."""
    _, locked = lock_sku(seller.actor, sku.id)
    set_price_steps(seller.actor, locked, list(steps))


def limit(
    seller: Seller,
    sku: Sku,
    *,
    per_order: int | None = None,
    per_period: int | None = None,
    period: Period | None = None,
    sku_id: uuid.UUID | None = None,
) -> None:
    """Limit a SKU's product (or, named, the spec)."""
    facts = {"per_order": per_order, "per_period": per_period, "period": period, "sku_id": sku_id}
    set_buyer_limits(seller.actor, lock_product(seller.actor, sku.product_id), [facts])
