"""Stripe on the pay page and in the API: what may be chosen, and what is told of it."""

import uuid
from dataclasses import dataclass, replace

import pytest
from flask import Flask
from flask.testing import FlaskClient

from orders.payments import calls, queries
from orders.payments.models import PaymentState
from orders.payments.providers import EXTENSION, list_choices
from tests.factories import identity
from tests.factories.orders import DONGYANG, Market, make_market, place
from tests.orders.payments.stripe.conftest import Shop
from tests.stripe_server import SECRET_KEY, WEBHOOK_SECRET, FakeStripe

CODE = "weixin://wxpay/bizpayurl?pr=pi_1"


@pytest.fixture
def market() -> Market:
    return make_market()


@pytest.fixture
def trade_id(market: Market) -> uuid.UUID:
    return place(market.buyer, [(market.mutton, 2)], DONGYANG).trade.id


@dataclass(frozen=True, slots=True)
class Buyer:
    """A browser in front of the pay page of a trade."""

    client: FlaskClient
    address: str
    token: str

    def read(self) -> str:
        return self.client.get(self.address).text

    def choose(self, provider: str) -> str:
        """Choose how to pay; returns where that leads."""
        data = {"csrf_token": self.token, "provider": provider}
        return self.client.post(self.address, data=data).headers["Location"]


@pytest.fixture
def buyer(client: FlaskClient, market: Market, trade_id: uuid.UUID) -> Buyer:
    return Buyer(client, f"/trades/{trade_id}/pay", identity.sign_in_page(client, market.shopper))


class TestPayPage:
    def test_offers_what_is_configured(self, buyer: Buyer, shop: Shop) -> None:
        page = buyer.read()
        assert 'value="stripe:alipay"' in page
        assert 'value="stripe:wechat_pay"' in page
        # A card's number is typed into a storefront's own form, never into this page.
        assert "stripe:card" not in page

    def test_offers_nothing_of_stripe_without_a_key(self, buyer: Buyer) -> None:
        assert "stripe" not in buyer.read()
        assert buyer.choose("stripe:alipay") == buyer.address
        assert "不支持这种支付方式" in buyer.read()
        assert buyer.client.post("/webhooks/stripe", data=b"{}").status_code == 404

    def test_goes_to_alipay(self, buyer: Buyer, shop: Shop, stripe: FakeStripe) -> None:
        assert buyer.choose("stripe:alipay") == f"{stripe.url}/wallet/pi_1"

    def test_shows_the_code_of_wechat_until_it_is_paid(
        self, buyer: Buyer, market: Market, trade_id: uuid.UUID, shop: Shop, stripe: FakeStripe
    ) -> None:
        assert buyer.choose("stripe:wechat_pay") == buyer.address
        waiting = buyer.read()
        assert "等待付款结果" in waiting
        assert "付款二维码" in waiting
        stripe.complete("pi_1")
        # Paid, and the shop has not heard of it: it does not pretend.
        assert "等待付款结果" in buyer.read()
        (attempt,) = queries.list_payments(market.buyer, trade_id)
        calls.poll_attempt(attempt.id)
        paid = buyer.read()
        assert "付款成功" in paid
        assert "付款二维码" not in paid

    def test_says_that_stripe_cannot_be_reached(
        self, buyer: Buyer, shop: Shop, stripe: FakeStripe
    ) -> None:
        stripe.is_down = True
        assert buyer.choose("stripe:alipay") == buyer.address
        assert "正在连接支付渠道" in buyer.read()


class TestStartPayment:
    def start(
        self, client: FlaskClient, market: Market, trade_id: uuid.UUID, **command: str
    ) -> tuple[int, dict[str, object]]:
        identity.sign_in(client, market.shopper)
        path = f"/api/v1/trades/{trade_id}/payments"
        response = client.post(path, json={"provider": "stripe", **command})
        assert response.json is not None
        return response.status_code, response.json

    def test_tells_the_code_to_scan(
        self, client: FlaskClient, market: Market, trade_id: uuid.UUID, shop: Shop
    ) -> None:
        status, told = self.start(client, market, trade_id, method="wechat_pay")
        assert (status, told["qr_code"], told["redirect_url"]) == (201, CODE, None)
        assert (told["state"], told["method"]) == ("pending", "wechat_pay")

    def test_tells_that_a_card_was_declined(
        self, client: FlaskClient, market: Market, trade_id: uuid.UUID, shop: Shop
    ) -> None:
        card = {"method": "card", "payment_method": "pm_card_chargeDeclined"}
        status, told = self.start(client, market, trade_id, **card)
        assert (status, told["state"]) == (201, PaymentState.FAILED)

    @pytest.mark.usefixtures("shop")
    @pytest.mark.parametrize(
        ("command", "code"),
        [
            ({"method": "cash"}, "method_not_offered"),
            ({"method": "card"}, "card_needed"),
            ({"method": "alipay", "payment_method": "pm_card_visa"}, "card_needed"),
        ],
    )
    def test_refuses_what_cannot_be_asked(
        self,
        client: FlaskClient,
        market: Market,
        trade_id: uuid.UUID,
        command: dict[str, str],
        code: str,
    ) -> None:
        status, told = self.start(client, market, trade_id, **command)
        assert (status, told["code"]) == (422, code)
        assert queries.list_payments(market.buyer, trade_id) == []


def test_is_made_from_the_settings(
    app: Flask, monkeypatch: pytest.MonkeyPatch, market: Market
) -> None:
    settings = replace(
        app.config["SETTINGS"],
        stripe_secret_key=SECRET_KEY,
        stripe_webhook_secret=WEBHOOK_SECRET,
        stripe_methods=("alipay",),
    )
    monkeypatch.setitem(app.config, "SETTINGS", settings)
    monkeypatch.setattr(app, "extensions", {**app.extensions})
    app.extensions.pop(EXTENSION, None)
    trade = place(market.buyer, [(market.mutton, 2)], DONGYANG).trade
    assert list_choices(trade) == ["sandbox", "stripe:alipay"]
