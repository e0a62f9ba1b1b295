"""Setting bulk prices and limits: a set whole, in place of the one before. Orders placed keep theirs."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import delete

from marketplace import audit
from marketplace.database import db
from marketplace.identity.actor import Actor
from marketplace.ids import new_id
from marketplace.language import Text
from products.catalogue.models import Product, Sku
from products.catalogue.queries import list_skus
from products.offers.errors import LimitForOtherProduct, PriceStepsWrong
from products.offers.models import BuyerLimit, PriceStep

_NO_BETTER = Text(
    "起购数量越大，单价应越低，且低于原价",
    "The larger the quantity the lower the price, and all below the list price",
)
_TWICE = Text("起购数量重复", "A quantity is named twice")


def set_price_steps(actor: Actor, sku: Sku, steps: Sequence[dict[str, Any]]) -> None:
    """Set a spec's bulk prices; the caller holds its product's lock.

    ``steps``: the schema's. Raises PriceStepsWrong for one that is no better than what is below it.
    """
    _check_steps(sku, steps)
    db.session.execute(
        delete(PriceStep).where(
            PriceStep.cooperative_id == sku.cooperative_id, PriceStep.sku_id == sku.id
        )
    )
    db.session.add_all(
        PriceStep(id=new_id(), cooperative_id=sku.cooperative_id, sku_id=sku.id, **step)
        for step in steps
    )
    db.session.flush()
    audit.record(
        "price_steps.set", "sku", sku.id, actor=actor, after={"steps": [dict(s) for s in steps]}
    )


def _check_steps(sku: Sku, steps: Sequence[dict[str, Any]]) -> None:
    for is_for_units in (False, True):
        last = sku.price_fen
        seen: set[int] = set()
        mine = [
            (step["from_quantity"], index)
            for index, step in enumerate(steps)
            if step["is_for_units"] is is_for_units
        ]
        for quantity, index in sorted(mine):
            if quantity in seen:
                raise PriceStepsWrong(fields={f"steps.{index}.from_quantity": _TWICE})
            if steps[index]["price_fen"] >= last:
                raise PriceStepsWrong(fields={f"steps.{index}.price_fen": _NO_BETTER})
            seen.add(quantity)
            last = steps[index]["price_fen"]


def set_buyer_limits(actor: Actor, product: Product, limits: Sequence[dict[str, Any]]) -> None:
    """Set the limits of a locked product and its specs. Raises LimitForOtherProduct."""
    own = {sku.id for sku in list_skus(product)}
    if any(limit["sku_id"] is not None and limit["sku_id"] not in own for limit in limits):
        raise LimitForOtherProduct(fields={"limits": LimitForOtherProduct.title})
    db.session.execute(
        delete(BuyerLimit).where(
            BuyerLimit.cooperative_id == product.cooperative_id,
            BuyerLimit.product_id == product.id,
        )
    )
    db.session.add_all(
        BuyerLimit(
            id=new_id(), cooperative_id=product.cooperative_id, product_id=product.id, **limit
        )
        for limit in limits
    )
    db.session.flush()
    audit.record(
        "buyer_limits.set",
        "product",
        product.id,
        actor=actor,
        after={
            "limits": [
                {name: None if value is None else str(value) for name, value in limit.items()}
                for limit in limits
            ]
        },
    )
