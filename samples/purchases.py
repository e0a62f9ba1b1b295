"""Sample purchases of the last weeks: placed, paid in the sandbox, shipped, accepted, completed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import IntEnum
from uuid import UUID

from sqlalchemy import func, select

from marketplace import clock
from marketplace.database import db, transaction
from marketplace.identity.actor import Actor
from orders.checkout.attribution import AttributionChoice
from orders.checkout.quoting import QuoteRequest, make_quote
from orders.checkout.service import Recipient, place_trade
from orders.checkout.sifting import Wanted
from orders.fulfilment import service as fulfilment
from orders.payments import calls
from orders.payments.models import PaymentAttempt
from orders.payments.sandbox.service import confirm_payment
from orders.trades.models import Order, Trade
from partners.cooperatives.models import Cooperative
from products.catalogue.models import Product, Sku
from samples import people

RECIPIENT = Recipient(name="示例收货人", phone="19900000009", address="示例路 1 号（仅供演示）")


class Reach(IntEnum):
    """How far a purchase has come."""

    PAID = 1
    SHIPPED = 2
    ACCEPTED = 3
    COMPLETED = 4


# How long after placing each step is taken.
STEPS = {
    Reach.SHIPPED: timedelta(days=1),
    Reach.ACCEPTED: timedelta(days=2),
    Reach.COMPLETED: timedelta(days=10),
}


@dataclass(frozen=True, slots=True)
class Purchase:
    """Who bought what, how many days ago, and how far it has come."""

    days_ago: int
    phone: str
    ship_to_code: str
    lines: tuple[tuple[str, str, int], ...]  # product, spec, pieces
    reach: Reach


PURCHASES = (
    Purchase(20, people.DONGYANG_CLERK_PHONE, "330783",
             (("翡翠米", "10 千克", 60), ("南江黄羊", "羊肉块 500 克", 80),
              ("南江大叶茶", "雨前 250 克", 30)), Reach.COMPLETED),
    Purchase(12, people.JINYUN_CLERK_PHONE, "331122",
             (("加依村手工乐器", "热瓦普 · 核桃木", 2), ("叙永甜橙", "5 千克", 40),
              ("叙永桃片", "300 克", 50)), Reach.COMPLETED),
    Purchase(6, people.SHOPPER_PHONE, "331102",
             (("加依村手工乐器", "都塔尔 · 桑木", 1), ("梅河大米", "10 千克", 2),
              ("松子仁", "250 克", 1)), Reach.SHIPPED),
    Purchase(2, people.DONGYANG_CLERK_PHONE, "330783",
             (("土鸡蛋", "30 枚", 40), ("空山土豆", "20 千克", 10)), Reach.PAID),
    Purchase(1, people.SHOPPER_PHONE, "331102",
             (("南江金银花", "100 克", 2), ("翡翠米", "5 千克", 1)), Reach.PAID),
)  # fmt: skip


def make_purchases() -> None:
    """Make the purchases that are missing, each on its own day."""
    ordinal: Counter[str] = Counter()
    for purchase in PURCHASES:
        ordinal[purchase.phone] += 1
        with transaction():
            buyer = people.by_phone(purchase.phone)
        if _count_trades(buyer) < ordinal[purchase.phone]:
            _make(purchase, buyer, clock.now() - timedelta(days=purchase.days_ago))


def _count_trades(buyer: Actor) -> int:
    mine = select(func.count()).select_from(Trade).where(Trade.account_id == buyer.account_id)
    return db.session.scalar(mine) or 0


def _make(purchase: Purchase, buyer: Actor, at: datetime) -> None:
    with clock.travel(at):
        trade_id = place(purchase, buyer)
        pay(trade_id, buyer)
    of_trade = select(Order.id, Order.cooperative_id).where(Order.trade_id == trade_id)
    orders = db.session.execute(of_trade).all()
    for step, after in STEPS.items():
        if purchase.reach < step:
            return
        with clock.travel(at + after):
            for order_id, cooperative_id in orders:
                advance(step, order_id, cooperative_id, buyer)


def place(purchase: Purchase, buyer: Actor, coupon_ids: Sequence[UUID] = ()) -> UUID:
    """Quote and place a purchase as its buyer."""
    wanted = [Wanted(find_sku(name, spec), quantity) for name, spec, quantity in purchase.lines]
    request = QuoteRequest(
        lines=wanted,
        ship_to_code=purchase.ship_to_code,
        attribution=AttributionChoice(),
        coupon_ids=coupon_ids,
    )
    with transaction():
        digest = make_quote(buyer, request).digest
        placed = place_trade(buyer, request, recipient=RECIPIENT, quote_digest=digest)
        return placed.trade.id


def find_sku(product_name: str, spec: str) -> UUID:
    """Return a sample product's SKU."""
    return db.session.scalars(
        select(Sku.id)
        .join(Product, Product.id == Sku.product_id)
        .where(Product.name == product_name, Sku.spec == spec)
    ).one()


def pay(trade_id: UUID, buyer: Actor) -> UUID:
    """Pay as a person would: the sandbox charges, and the shop asks it how the payment stands.

    Returns the attempt.
    """
    attempt_id = calls.start_payment(buyer, trade_id, "sandbox")
    with transaction():
        reference = db.session.get_one(PaymentAttempt, attempt_id).provider_reference
    confirm_payment(reference or "")
    calls.poll_attempt(attempt_id)
    return attempt_id


def advance(step: Reach, order_id: UUID, cooperative_id: UUID, buyer: Actor) -> None:
    """Take an order one step on."""
    with transaction():
        if step is Reach.SHIPPED:
            fulfilment.ship_order(
                manager_of(cooperative_id),
                order_id,
                courier_code="postal",
                waybill_no=f"SAMPLE-{str(order_id)[-12:].upper()}",
            )
        elif step is Reach.ACCEPTED:
            fulfilment.accept_order(buyer, order_id)
        else:
            fulfilment.complete_order(order_id)


def manager_of(cooperative_id: UUID) -> Actor:
    """Give the manager of a sample cooperative."""
    seller = db.session.get_one(Cooperative, cooperative_id)
    return people.by_account(seller.applied_by)
