"""The page with the card form: for its payer, while the payment waits, under a policy of its own."""

import uuid

import pytest
from flask import Flask
from flask.testing import FlaskClient

from marketplace.database import db
from orders.payments import calls
from orders.payments.models import PaymentAttempt, PaymentState
from orders.payments.providers import EXTENSION
from tests.factories import identity
from tests.factories.orders import DONGYANG, Market, make_market, place
from tests.orders.payments.stripe.conftest import provider_for, stripe
from tests.stripe_server import PUBLISHABLE_KEY, SECRET_KEY, FakeStripe

__all__ = ["stripe"]


@pytest.fixture
def market() -> Market:
    return make_market()


@pytest.fixture
def trade_id(market: Market) -> uuid.UUID:
    return place(market.buyer, [(market.mutton, 2)], DONGYANG).trade.id


@pytest.fixture(autouse=True)
def shop(app: Flask, stripe: FakeStripe, monkeypatch: pytest.MonkeyPatch) -> None:
    provider = provider_for(stripe.url, SECRET_KEY, PUBLISHABLE_KEY)
    monkeypatch.setitem(app.extensions, EXTENSION, {"stripe": provider})


def choose(client: FlaskClient, market: Market, trade_id: uuid.UUID) -> str:
    """Choose to pay by card; returns where that leads."""
    token = identity.sign_in_page(client, market.shopper)
    address = f"/trades/{trade_id}/pay"
    assert 'value="stripe:card"' in client.get(address).text
    data = {"csrf_token": token, "provider": "stripe:card"}
    return client.post(address, data=data).headers["Location"]


def the_attempt() -> PaymentAttempt:
    return db.session.query(PaymentAttempt).populate_existing().one()


class TestShowCardForm:
    def test_hands_the_form_to_its_payer_and_keeps_nothing(
        self, client: FlaskClient, market: Market, trade_id: uuid.UUID, stripe: FakeStripe,
        caplog: pytest.LogCaptureFixture,
    ) -> None:  # fmt: skip
        address = choose(client, market, trade_id)
        answer = client.get(address)
        secret = stripe.intents["pi_1"]["client_secret"]
        assert f'data-secret="{secret}"' in answer.text
        assert f'data-key="{PUBLISHABLE_KEY}"' in answer.text
        assert 'data-locale="zh"' in answer.text
        assert "支付宝、微信支付或对公转账" in answer.text
        assert answer.headers["Cache-Control"] == "no-store"
        attempt = the_attempt()
        assert (attempt.state, attempt.provider_reference) == (PaymentState.PENDING, "pi_1")
        assert secret not in str([getattr(attempt, c.name) for c in attempt.__table__.columns])
        assert secret not in caplog.text
        assert "confirm" not in stripe.calls

    def test_widens_the_policy_of_this_page_only(
        self, client: FlaskClient, market: Market, trade_id: uuid.UUID, stripe: FakeStripe
    ) -> None:
        address = choose(client, market, trade_id)
        policy = client.get(address).headers["Content-Security-Policy"]
        assert f"script-src 'self' {stripe.url} https://js.stripe.com" in policy
        assert f"connect-src 'self' {stripe.url} https://api.stripe.com" in policy
        assert "https://hooks.stripe.com" in policy
        assert "unsafe" not in policy
        elsewhere = client.get(f"/trades/{trade_id}/pay")
        assert "js.stripe.com" not in elsewhere.headers["Content-Security-Policy"]
        assert f'href="{address}"' in elsewhere.text

    def test_is_for_nobody_else(
        self, client: FlaskClient, market: Market, trade_id: uuid.UUID
    ) -> None:
        address = choose(client, market, trade_id)
        identity.sign_in_page(client, identity.make_account())
        assert client.get(address).status_code == 404

    def test_leads_back_when_the_payment_is_decided_or_stripe_is_away(
        self, client: FlaskClient, market: Market, trade_id: uuid.UUID, stripe: FakeStripe
    ) -> None:
        address = choose(client, market, trade_id)
        stripe.is_down = True
        assert client.get(address).headers["Location"] == f"/trades/{trade_id}/pay"
        assert "暂时打不开银行卡表单" in client.get(f"/trades/{trade_id}/pay").text
        stripe.is_down = False
        stripe.complete("pi_1")
        assert client.get(address).status_code == 303
        calls.poll_attempt(the_attempt().id)
        assert "付款成功" in client.get(f"/trades/{trade_id}/pay").text

    def test_another_card_may_be_tried(
        self, client: FlaskClient, market: Market, trade_id: uuid.UUID, stripe: FakeStripe
    ) -> None:
        address = choose(client, market, trade_id)
        stripe.decline("pi_1")
        calls.poll_attempt(the_attempt().id)
        assert the_attempt().state is PaymentState.PENDING
        assert client.get(address).status_code == 200
        assert calls.close_attempts(trade_id)
        assert the_attempt().state is PaymentState.CLOSED
