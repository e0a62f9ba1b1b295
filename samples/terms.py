"""Sample terms of sale: freight of one seller, a bulk price, and coupons to claim and to use."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import func, select

from marketplace import clock
from marketplace.database import db, transaction
from marketplace.identity.actor import Actor
from orders.coupons.models import Coupon
from orders.coupons.service import Terms, claim_coupon, issue_for_cooperative, issue_for_platform
from orders.freight.models import Basis, FreightTemplate
from orders.freight.service import create_template
from products.catalogue.models import Sku
from products.catalogue.queries import lock_sku
from products.offers.models import PriceStep
from products.offers.service import set_price_steps
from samples import people
from samples.purchases import find_sku, manager_of

TEA = ("南江大叶茶", "雨前 250 克")
OWN_COUPON = "示例：南江满 200 减 20"
VALID_FOR = timedelta(days=60)


def set_terms() -> None:
    """Set the terms that are missing."""
    with transaction():
        sku = db.session.get_one(Sku, find_sku(*TEA))
        sku_id, cooperative_id = sku.id, sku.cooperative_id
    with transaction():
        manager = manager_of(cooperative_id)
        if not _count(FreightTemplate):
            _write_freight(manager, cooperative_id)
        if not _count(PriceStep):
            _, locked = lock_sku(manager, sku_id)
            tenth = locked.price_fen // 10
            steps = [(10, 1, False), (10, 2, True)]
            set_price_steps(
                manager,
                locked,
                [
                    {
                        "from_quantity": quantity,
                        "price_fen": locked.price_fen - tenth * tenths,
                        "is_for_units": is_for_units,
                    }
                    for quantity, tenths, is_for_units in steps
                ],
            )
        if db.session.scalar(select(Coupon.id).where(Coupon.name == OWN_COUPON)) is None:
            _issue_coupons(manager, cooperative_id)


def _count(table: type[FreightTemplate | PriceStep]) -> int:
    return db.session.scalar(select(func.count()).select_from(table)) or 0


def _write_freight(manager: Actor, cooperative_id: UUID) -> None:
    usual = {
        "is_served": True, "first_units": 1000, "first_fen": 800, "further_units": 1000,
        "further_fen": 200, "free_from_fen": 9900, "free_from_pieces": None,
    }  # fmt: skip
    far = usual | {"first_fen": 1800, "further_fen": 600, "free_from_fen": 29900}
    create_template(
        manager,
        cooperative_id,
        name="示例：常温",
        basis=Basis.WEIGHT,
        zones=[
            {"region_codes": [], **usual},
            {"region_codes": ["650000"], **far},
            {"region_codes": ["540000"], "is_served": False},
        ],
    )


def _issue_coupons(manager: Actor, cooperative_id: UUID) -> None:
    now = clock.now()
    common: dict[str, Any] = {
        "total_limit": 500,
        "valid_from_at": now,
        "valid_until_at": now + VALID_FOR,
    }
    own = Terms(
        name=OWN_COUPON, amount_off_fen=2000, from_fen=20_000, per_account_limit=2,
        **common,
    )  # fmt: skip
    issue_for_cooperative(manager, cooperative_id, own)
    general = Terms(
        name="示例：平台满 100 减 10", amount_off_fen=1000, from_fen=10_000, per_account_limit=1,
        **common,
    )  # fmt: skip
    coupon = issue_for_platform(people.administrator(), general)
    claim_coupon(people.by_phone(people.SHOPPER_PHONE).account_id, coupon.id)
