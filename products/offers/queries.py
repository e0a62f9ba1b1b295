"""Selects on bulk prices and limits: what is offered is public."""

import hashlib
import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sqlalchemy import select

from marketplace.database import db
from products.catalogue.models import Sku
from products.offers.models import BuyerLimit, PriceStep


@dataclass(frozen=True, slots=True)
class Offers:
    """The bulk prices of a product's specs, each spec's from the smallest quantity, and its limits."""

    product_id: uuid.UUID
    price_steps: Sequence[PriceStep]
    buyer_limits: Sequence[BuyerLimit]

    @property
    def version(self) -> int:
        """A number that is another one when anything of it is: what two people may edit."""
        told = [
            f"{one.sku_id} {one.from_quantity} {one.price_fen} {one.is_for_units}"
            for one in self.price_steps
        ]
        told += [
            f"{one.sku_id} {one.per_order} {one.per_period} {one.period}"
            for one in self.buyer_limits
        ]
        digest = hashlib.sha256("\n".join([str(self.product_id), *told]).encode()).digest()
        # Four bytes: at most ten digits, which every form reads back.
        return int.from_bytes(digest[:4])

    def steps_of(self, sku_id: uuid.UUID) -> list[PriceStep]:
        """Return the bulk prices of one spec."""
        return [step for step in self.price_steps if step.sku_id == sku_id]


def find_offers(product_id: uuid.UUID, sku_ids: Collection[uuid.UUID]) -> Offers:
    """Return what is offered of a product and its specs; both empty for most."""
    steps = (
        select(PriceStep)
        .where(PriceStep.sku_id.in_(sku_ids), PriceStep.cooperative_id == Sku.cooperative_id)
        .join(Sku, Sku.id == PriceStep.sku_id)
        .order_by(PriceStep.sku_id, PriceStep.from_quantity, PriceStep.is_for_units)
    )
    limits = (
        select(BuyerLimit)
        .where(BuyerLimit.product_id == product_id)
        .order_by(BuyerLimit.sku_id.nulls_first())
    )
    return Offers(
        product_id,
        db.session.scalars(steps.execution_options(populate_existing=True)).all(),
        db.session.scalars(limits.execution_options(populate_existing=True)).all(),
    )
