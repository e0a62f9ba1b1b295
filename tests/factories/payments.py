"""Trades to be paid, news about their payments, and the sandbox's notices taken from its outbox."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from flask import current_app
from flask.testing import FlaskClient
from sqlalchemy import text

from marketplace import clock, secrets
from marketplace.database import db
from marketplace.identity.actor import Actor
from marketplace.ids import new_id, new_number
from orders.payments import service
from orders.payments.models import CURRENCY, PaymentAttempt, PaymentState, Refund
from orders.payments.provider import (
    Event,
    PaymentFacts,
    PaymentStanding,
    RefundFacts,
    RefundStanding,
)
from orders.payments.sandbox import database as sandbox
from orders.payments.sandbox.notices import SIGNATURE_HEADER, sign
from orders.trades.models import AttributionSource, Order, OrderLine, Trade
from orders.trades.states import OrderState, TradeState
from products.stock import service as stock
from products.stock.service import StockItem
from tests.factories.partners import make_cooperative
from tests.factories.products import MadeProduct, make_product

PROVIDER = "sandbox"
JINYUN = "331122"


def make_trade(*totals_fen: int, account_id: uuid.UUID | None = None) -> Trade:
    """Make an open trade with one order of one line for each total, each of another cooperative."""
    totals = totals_fen or (5800, 1200)
    now = clock.now()
    trade = Trade(
        id=new_id(),
        account_id=account_id or new_id(),
        trade_no=new_number("JY"),
        state=TradeState.OPEN,
        goods_fen=sum(totals),
        freight_fen=0,
        discount_fen=0,
        total_fen=sum(totals),
        placed_at=now,
        expires_at=now + timedelta(minutes=30),
    )
    db.session.add(trade)
    db.session.flush()
    for total in totals:
        _make_order(trade, total)
    return trade


def _make_order(trade: Trade, total_fen: int) -> None:
    made = make_product(make_cooperative().id, price_fen=total_fen)
    order = Order(
        id=new_id(),
        cooperative_id=made.sku.cooperative_id,
        cooperative_name="示例合作社 · 南江",
        trade_id=trade.id,
        account_id=trade.account_id,
        order_no=new_number("DD"),
        state=OrderState.UNPAID,
        attribution_code=JINYUN,
        attribution_source=AttributionSource.DELIVERY,
        channel="online",
        goods_fen=total_fen,
        freight_fen=0,
        discount_fen=0,
        total_fen=total_fen,
        ship_to=secrets.seal("{}"),
        ship_to_code=JINYUN,
        placed_at=trade.placed_at,
    )
    db.session.add(order)
    db.session.flush()
    db.session.add(_line(order, made, total_fen))
    db.session.flush()
    stock.reserve(order.id, [StockItem(order.cooperative_id, made.sku.id, 1)])


def _line(order: Order, made: MadeProduct, total_fen: int) -> OrderLine:
    return OrderLine(
        id=new_id(),
        cooperative_id=order.cooperative_id,
        order_id=order.id,
        position=1,
        sku_id=made.sku.id,
        product_id=made.product.id,
        product_name=made.product.name,
        spec=made.sku.spec,
        unit=made.sku.unit,
        weight_g=made.sku.weight_g,
        category_code=made.product.category_code,
        category_name="其他",
        product_kind=made.product.kind,
        is_food_or_farm=True,
        origin_code=made.product.origin_code,
        price_fen=total_fen,
        quantity=1,
        amount_fen=total_fen,
        discount_fen=0,
        net_fen=total_fen,
        freight_fen=0,
        fee_rate_bp=0,
        told=[],
    )


def list_orders(trade: Trade) -> Sequence[Order]:
    """Return the orders of a trade, dearest first."""
    found = db.session.query(Order).filter_by(trade_id=trade.id)
    return found.order_by(Order.total_fen.desc()).populate_existing().all()


def start_attempt(trade: Trade) -> PaymentAttempt:
    """Write an attempt that no provider has heard of yet."""
    return service.create_attempt(Actor(id=trade.account_id), trade.id, PROVIDER)


def start_another_attempt(trade: Trade) -> PaymentAttempt:
    """Write one more attempt, as a second way of paying at the same time would."""
    now = clock.now()
    attempt = PaymentAttempt(
        id=new_id(),
        account_id=trade.account_id,
        trade_id=trade.id,
        payment_no=new_number("FK"),
        provider=PROVIDER,
        state=PaymentState.CREATED,
        amount_fen=trade.total_fen,
        created_at=now,
        next_poll_at=now,
    )
    db.session.add(attempt)
    db.session.flush()
    return attempt


def news(
    attempt: PaymentAttempt,
    standing: PaymentStanding = PaymentStanding.SUCCEEDED,
    *,
    amount: int | None = None,
    currency: str = CURRENCY,
) -> PaymentFacts:
    """Say how a payment stands, as its provider would."""
    return PaymentFacts(
        attempt_id=attempt.id,
        provider_reference=f"pay_{attempt.id.hex}",
        standing=standing,
        amount=attempt.amount_fen if amount is None else amount,
        currency=currency,
        occurred_at=clock.now(),
    )


def refund_news(
    refund: Refund,
    standing: RefundStanding = RefundStanding.SUCCEEDED,
    *,
    amount: int | None = None,
) -> RefundFacts:
    """Say how a refund stands, as its provider would."""
    return RefundFacts(
        refund_id=refund.id,
        provider_reference=f"ref_{refund.id.hex}",
        standing=standing,
        amount=refund.amount if amount is None else amount,
        currency=refund.currency,
        occurred_at=clock.now(),
    )


def event_of(facts: PaymentFacts | RefundFacts) -> Event:
    """Wrap news into a notice with an id of its own."""
    return Event(event_id=f"evt_{new_id().hex}", kind="payment.news", facts=facts)


def pay(trade: Trade) -> PaymentAttempt:
    """Have a trade paid."""
    attempt = start_attempt(trade)
    service.settle_payment(PROVIDER, news(attempt))
    return attempt


@dataclass(frozen=True, slots=True)
class Notice:
    """A notice as it travels: raw bytes and the signature header."""

    raw: bytes
    signature: str

    def post(self, client: FlaskClient) -> int:
        """Deliver it, and return the status of the answer."""
        response = client.post(
            "/webhooks/sandbox",
            data=self.raw,
            headers={SIGNATURE_HEADER: self.signature, "Content-Type": "application/json"},
        )
        return response.status_code


def take_notices() -> list[Notice]:
    """Take the notices that the sandbox wants to send, signed as it would sign them now."""
    secret = current_app.config["SETTINGS"].sandbox_webhook_secret
    with sandbox.own_transaction() as connection:
        bodies = connection.scalars(
            text("update sandbox.events set done_at = now() where done_at is null returning body")
        ).all()
    return [sign_notice(body.encode(), secret) for body in bodies]


def sign_notice(raw: bytes, secret: str) -> Notice:
    """Sign a notice with a secret, now."""
    return Notice(raw, sign(secret, raw, clock.now()))


def clear_sandbox() -> None:
    """Remove what is left in the sandbox, which commits for real."""
    with sandbox.own_transaction() as connection:
        for table in ("events", "refunds", "payments", "switches"):
            connection.execute(text(f"delete from sandbox.{table}"))
