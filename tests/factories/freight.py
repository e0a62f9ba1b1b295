"""Freight templates as tests need them."""

import uuid
from typing import Any

from orders.freight.models import Basis, FreightTemplate
from orders.freight.service import choose_template, create_template
from products.catalogue.models import Product, Sku
from products.catalogue.queries import lock_product
from tests.factories.orders import Seller


def zone(*region_codes: str, **charges: Any) -> dict[str, Any]:
    """Return a zone: 10 yuan for the first piece and 2 for each further, unless said otherwise."""
    usual = {"first_units": 1, "first_fen": 1000, "further_units": 1, "further_fen": 200}
    return {"region_codes": list(region_codes), "is_served": True, **usual, **charges}


def refused(*region_codes: str) -> dict[str, Any]:
    """Return a zone to which nothing is sent."""
    return {"region_codes": list(region_codes), "is_served": False}


def flat(fen: int, **charges: Any) -> dict[str, Any]:
    """Return "everywhere, the same amount per order"."""
    return zone(first_units=1_000_000, first_fen=fen, further_fen=0, **charges)


def make_template(
    seller: Seller,
    *zones: dict[str, Any],
    name: str = "常温",
    basis: Basis = Basis.PIECE,
    is_default: bool = True,
) -> FreightTemplate:
    """Write a template of a seller."""
    return create_template(
        seller.actor,
        seller.id,
        name=name,
        basis=basis,
        zones=list(zones) or [zone()],
        is_default=is_default,
    )


def send_by(seller: Seller, sku: Sku, template_id: uuid.UUID | None) -> Product:
    """Have a SKU's product sent by a template."""
    product = lock_product(seller.actor, sku.product_id)
    choose_template(seller.actor, product, template_id)
    return product
