"""A market whose sales are paid by card at the small Stripe."""

import uuid
from dataclasses import dataclass

import pytest
from flask.testing import FlaskClient

from marketplace.database import db
from orders.card_disputes.models import CardDispute
from orders.payments import calls
from orders.payments.models import PaymentAttempt, PaymentOutcome
from orders.payments.stripe.reading import read_events
from orders.trades.models import Order
from tests.factories.orders import Basket, Market, deliver, make_market, orders_of, place
from tests.orders.payments.stripe.conftest import Shop, provider, shop, stripe
from tests.stripe_server import FakeStripe

__all__ = ["provider", "shop", "stripe"]


@dataclass(frozen=True, slots=True)
class Sales:
    """Sales by card: their orders, the payment at Stripe, and news of it."""

    market: Market
    stripe: FakeStripe

    def sell(self, basket: Basket | None = None, **choice: object) -> list[Order]:
        """Sell two kinds of one cooperative and one of another, paid by card."""
        market = self.market
        wanted = basket or [(market.mutton, 2), (market.tea, 1), (market.rawap, 1)]
        trade = place(market.buyer, wanted, **choice).trade
        attempt_id = calls.start_payment(market.buyer, trade.id, "stripe", "card", "pm_card_visa")
        read_events()
        attempt = db.session.get_one(PaymentAttempt, attempt_id, populate_existing=True)
        assert attempt.outcome is PaymentOutcome.ACCEPTED
        return orders_of(trade.id)

    def deliver(self, *orders: Order) -> None:
        for order in orders:
            is_nanjiang = order.cooperative_id == self.market.nanjiang.id
            seller = self.market.nanjiang if is_nanjiang else self.market.xinhe
            deliver(self.market.buyer, seller, order)

    def dispute(self, **facts: object) -> str:
        """Have the payer dispute the newest payment, tell the shop, return the dispute's name."""
        intent = list(self.stripe.intents.values())[-1]
        raised = self.stripe.disputes.raise_one(intent, **facts)
        read_events()
        return str(raised["id"])

    def decide(self, name: str, status: str) -> CardDispute:
        self.stripe.disputes.decide(name, status)
        read_events()
        return self.find(name)

    def find(self, name: str) -> CardDispute:
        found = db.session.query(CardDispute).filter_by(provider_reference=name)
        return found.populate_existing().one()


@pytest.fixture
def sales(stripe: FakeStripe, shop: Shop) -> Sales:
    return Sales(make_market(), stripe)


def post(client: FlaskClient, notice: tuple[bytes, str]) -> int:
    """Deliver a notice."""
    raw, signature = notice
    headers = {"Stripe-Signature": signature, "Content-Type": "application/json"}
    return client.post("/webhooks/stripe", data=raw, headers=headers).status_code


def attempt_of(order: Order) -> uuid.UUID:
    """Return the attempt that paid an order."""
    return db.session.query(PaymentAttempt).filter_by(trade_id=order.trade_id).one().id
