"""A small market of real places, and the steps of a sale taken by the services that take them."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import select

from marketplace import clock
from marketplace.database import db
from marketplace.identity.actor import Actor
from marketplace.identity.models import Account
from marketplace.permissions import Role
from orders.aftersales.models import AftersalesCase
from orders.checkout.attribution import AttributionChoice
from orders.checkout.quoting import QuoteRequest, make_quote
from orders.checkout.service import Recipient, place_trade
from orders.checkout.sifting import Wanted
from orders.fulfilment.service import accept_order, complete_order, ship_order
from orders.payments import refunds
from orders.payments import service as payments
from orders.payments.models import PaymentAttempt, Refund
from orders.payments.provider import (
    PaymentFacts,
    PaymentStanding,
    RefundFacts,
    RefundStanding,
)
from orders.trades.models import Order, OrderLine, Trade
from orders.trades.whole import WholeTrade
from partners.cooperatives.models import Cooperative
from products.catalogue.models import ProductKind, Sku
from tests.factories.identity import actor_of, make_account
from tests.factories.partners import make_cooperative
from tests.factories.products import make_product

NANJIANG = "511922"
XINHE = "652925"
LIANDU = "331102"
JINYUN = "331122"
DONGYANG = "330783"
PROVIDER = "sandbox"

RECIPIENT = Recipient(name="示例收货人", phone="13800138000", address="示例路 1 号")


@dataclass(frozen=True, slots=True)
class Seller:
    """A cooperative, one who runs it, and what it sells by name."""

    cooperative: Cooperative
    manager: Account
    skus: dict[str, Sku] = field(default_factory=dict)

    @property
    def id(self) -> uuid.UUID:
        return self.cooperative.id

    @property
    def actor(self) -> Actor:
        return actor_of(self.manager)


@dataclass(frozen=True, slots=True)
class Market:
    """Nanjiang sells mutton and tea, Xinhe an instrument; a shopper stands in Lishui."""

    nanjiang: Seller
    xinhe: Seller
    shopper: Account

    @property
    def buyer(self) -> Actor:
        return actor_of(self.shopper)

    @property
    def mutton(self) -> Sku:
        return self.nanjiang.skus["南江黄羊肉"]

    @property
    def tea(self) -> Sku:
        return self.nanjiang.skus["南江大叶茶"]

    @property
    def rawap(self) -> Sku:
        return self.xinhe.skus["热瓦普"]


def make_seller(name: str, region_code: str) -> Seller:
    """Make a cooperative and its manager."""
    cooperative = make_cooperative(name=name, region_code=region_code)
    manager = make_account(role=Role.COOPERATIVE_MANAGER, scope=cooperative.id)
    return Seller(cooperative, manager)


def stock_up(seller: Seller, name: str, **facts: Any) -> Sku:
    """List a product of a seller, with stock."""
    sku = make_product(seller.id, name=name, **facts).sku
    seller.skus[name] = sku
    return sku


def make_market(*, on_hand: int = 100) -> Market:
    """Make the market; every product has ``on_hand`` pieces in stock."""
    nanjiang = make_seller("示例合作社 · 南江", NANJIANG)
    stock_up(nanjiang, "南江黄羊肉", price_fen=5800, on_hand=on_hand)
    stock_up(nanjiang, "南江大叶茶", price_fen=3333, on_hand=on_hand, spec="100 克")
    xinhe = make_seller("示例合作社 · 新和", XINHE)
    stock_up(
        xinhe,
        "热瓦普",
        kind=ProductKind.CRAFT,
        origin_code=XINHE,
        price_fen=88_000,
        on_hand=on_hand,
        spec="手工制作",
        is_certified=False,
    )
    return Market(nanjiang, xinhe, make_account())


Basket = Sequence[tuple[Sku, int]]


def request_for(
    basket: Basket | None,
    ship_to_code: str = LIANDU,
    *,
    coupon_ids: Sequence[uuid.UUID] = (),
    **choice: Any,
) -> QuoteRequest:
    """Return what to price; without a basket, the cart."""
    lines = None if basket is None else [Wanted(sku.id, quantity) for sku, quantity in basket]
    return QuoteRequest(
        lines=lines,
        ship_to_code=ship_to_code,
        attribution=AttributionChoice(**choice),
        coupon_ids=coupon_ids,
    )


def place(
    buyer: Actor, basket: Basket | None, ship_to_code: str = LIANDU, **choice: Any
) -> WholeTrade:
    """Quote and place at once."""
    request = request_for(basket, ship_to_code, **choice)
    digest = make_quote(buyer, request).digest
    return place_trade(buyer, request, recipient=RECIPIENT, quote_digest=digest)


def start_attempt(buyer: Actor, trade_id: uuid.UUID) -> uuid.UUID:
    """Begin a payment, without calling the provider; return the attempt's id."""
    return payments.create_attempt(buyer, trade_id, PROVIDER).id


def succeed(attempt_id: uuid.UUID, *, at: datetime | None = None) -> str:
    """Tell the shop that an attempt's money came in, as the provider would."""
    attempt = db.session.get_one(PaymentAttempt, attempt_id)
    return payments.settle_payment(
        PROVIDER,
        PaymentFacts(
            attempt_id=attempt_id,
            provider_reference=f"ref-{attempt_id}",
            standing=PaymentStanding.SUCCEEDED,
            amount=attempt.amount_fen,
            currency="CNY",
            occurred_at=at or clock.now(),
        ),
    )


def pay(buyer: Actor, trade_id: uuid.UUID) -> str:
    """Pay a trade; returns the effect."""
    return succeed(start_attempt(buyer, trade_id))


def buy(buyer: Actor, basket: Basket, ship_to_code: str = LIANDU, **choice: Any) -> list[Order]:
    """Quote, place and pay; return the paid orders as they are stored."""
    whole = place(buyer, basket, ship_to_code, **choice)
    assert pay(buyer, whole.trade.id) == "accepted"
    return orders_of(whole.trade.id)


def orders_of(trade_id: uuid.UUID) -> list[Order]:
    """Return the orders of a trade."""
    statement = select(Order).where(Order.trade_id == trade_id).order_by(Order.cooperative_id)
    return list(db.session.scalars(statement.execution_options(populate_existing=True)))


def trade_of(trade_id: uuid.UUID) -> Trade:
    """Return a trade as it is stored."""
    return db.session.get_one(Trade, trade_id, populate_existing=True)


def lines_of(order: Order) -> list[OrderLine]:
    """Return the lines of an order as they are stored."""
    statement = select(OrderLine).where(OrderLine.order_id == order.id).order_by(OrderLine.position)
    return list(db.session.scalars(statement.execution_options(populate_existing=True)))


_waybills = iter(range(1, 10_000_000))


def ship(seller: Seller, order: Order, **facts: Any) -> Order:
    """Ship everything of an order that is left, or what is named."""
    values: dict[str, Any] = {"courier_code": "sf", "waybill_no": f"SF{next(_waybills):012d}"}
    return ship_order(seller.actor, order.id, **(values | facts))


def deliver(buyer: Actor, seller: Seller, order: Order) -> Order:
    """Ship and accept an order."""
    ship(seller, order)
    return accept_order(buyer, order.id)


def complete(order: Order) -> bool:
    """Complete an order if it is due."""
    return complete_order(order.id)


def refund_of(case: AftersalesCase) -> Refund:
    """Return the refund that an agreed case asked for."""
    return db.session.scalars(select(Refund).where(Refund.cause_id == case.id)).one()


def send_back(case: AftersalesCase) -> str:
    """Tell the shop that a case's refund reached the buyer, as the provider would."""
    refund = refund_of(case)
    return refunds.settle_refund(
        PROVIDER,
        RefundFacts(
            refund_id=refund.id,
            provider_reference=f"ref-{refund.id}",
            standing=RefundStanding.SUCCEEDED,
            amount=refund.amount,
            currency=refund.currency,
            occurred_at=clock.now(),
        ),
    )
