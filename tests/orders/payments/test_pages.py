"""The pay page tells the truth at every moment."""

import uuid
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient

from marketplace import clock
from marketplace.database import db
from orders.cancellations.models import CancellationReason
from orders.cancellations.service import cancel_order
from orders.checkout.closing import cancel_trade
from orders.payments.models import PaymentAttempt, PaymentState
from orders.payments.provider import Opened
from orders.payments.service import record_ended, record_opened
from tests.factories import identity
from tests.factories.orders import (
    DONGYANG,
    Market,
    buy,
    make_market,
    pay,
    place,
    ship,
    start_attempt,
    succeed,
)


@pytest.fixture
def market() -> Market:
    return make_market()


@pytest.fixture
def trade_id(market: Market) -> uuid.UUID:
    return place(market.buyer, [(market.mutton, 2)], DONGYANG).trade.id


@pytest.fixture
def buyer(client: FlaskClient, market: Market) -> FlaskClient:
    identity.sign_in_page(client, market.shopper)
    return client


class TestShowPayPage:
    def test_asks_to_pay_and_says_what_it_will_count_for(
        self, buyer: FlaskClient, trade_id: uuid.UUID
    ) -> None:
        page = buyer.get(f"/trades/{trade_id}/pay").text
        assert "请付款" in page
        assert "116.00" in page
        assert "帮助销售 · ¥116.00 · 付款后待确认" in page
        assert "every 2s" not in page

    def test_waits_while_the_provider_has_not_answered(
        self, buyer: FlaskClient, market: Market, trade_id: uuid.UUID
    ) -> None:
        attempt_id = start_attempt(market.buyer, trade_id)
        record_opened(attempt_id, Opened(redirect_url="/sandbox/pay/x", provider_reference="x"))
        page = buyer.get(f"/trades/{trade_id}/pay").text
        assert "等待付款结果" in page
        assert "请不要重复付款" in page
        assert 'href="/sandbox/pay/x"' in page
        assert "every 2s" in page

    def test_a_failed_payment_can_be_made_again(
        self, buyer: FlaskClient, market: Market, trade_id: uuid.UUID
    ) -> None:
        record_ended(start_attempt(market.buyer, trade_id), PaymentState.FAILED)
        page = buyer.get(f"/trades/{trade_id}/pay").text
        assert "付款没有成功" in page
        assert "去付款" in page

    def test_paid_is_pending_not_confirmed(
        self, buyer: FlaskClient, market: Market, trade_id: uuid.UUID
    ) -> None:
        pay(market.buyer, trade_id)
        page = buyer.get(f"/trades/{trade_id}/pay").text
        assert "付款成功" in page
        assert "帮助销售 · ¥116.00 · 待确认" in page
        assert "every 2s" not in page

    def test_says_when_it_counts_for_nothing(self, buyer: FlaskClient, market: Market) -> None:
        trade_id = place(market.buyer, [(market.rawap, 1)], DONGYANG).trade.id
        pay(market.buyer, trade_id)
        page = buyer.get(f"/trades/{trade_id}/pay").text
        assert "合作社会尽快发货。这笔采购不计入任务，原因见下。" in page

    def test_follows_the_goods(self, buyer: FlaskClient, market: Market) -> None:
        one, two = (buy(market.buyer, [(market.mutton, 1)])[0] for _ in range(2))
        ship(market.nanjiang, one)
        assert "货物已经发出" in buyer.get(f"/trades/{one.trade_id}/pay").text
        cancel_order(market.buyer, two.id, reason=CancellationReason.NOT_WANTED)
        page = buyer.get(f"/trades/{two.trade_id}/pay").text
        assert "付过的款项退回原支付方式" in page
        assert "会尽快发货" not in page

    def test_money_that_came_twice_is_said_to_go_back(
        self, buyer: FlaskClient, market: Market, trade_id: uuid.UUID
    ) -> None:
        first = start_attempt(market.buyer, trade_id)
        db.session.get_one(PaymentAttempt, first).provider = "other"
        db.session.flush()
        second = start_attempt(market.buyer, trade_id)
        succeed(second)
        db.session.get_one(PaymentAttempt, first).provider = "sandbox"
        db.session.flush()
        succeed(first)
        page = buyer.get(f"/trades/{trade_id}/pay").text
        assert "付款成功" in page
        assert "重复付款" in page
        assert "every 2s" in page  # until the money has gone back

    def test_a_cancelled_trade_says_so(
        self, buyer: FlaskClient, market: Market, trade_id: uuid.UUID
    ) -> None:
        cancel_trade(market.buyer, trade_id)
        assert "订单已取消" in buyer.get(f"/trades/{trade_id}/pay").text

    def test_time_over_offers_no_payment(
        self, buyer: FlaskClient, market: Market, trade_id: uuid.UUID
    ) -> None:
        with clock.travel(clock.now() + timedelta(minutes=31)):
            page = buyer.get(f"/trades/{trade_id}/pay").text
        assert "付款时间已过" in page
        assert "去付款" not in page

    def test_is_not_found_by_others(self, client: FlaskClient, trade_id: uuid.UUID) -> None:
        identity.sign_in_page(client, identity.make_account())
        assert client.get(f"/trades/{trade_id}/pay").status_code == 404


class TestShowPayStatus:
    def test_is_a_piece_of_the_page(self, buyer: FlaskClient, trade_id: uuid.UUID) -> None:
        piece = buyer.get(f"/trades/{trade_id}/pay/status").text
        assert piece.lstrip().startswith("<div")
        assert "<html" not in piece


class TestGoToPay:
    def test_goes_to_the_provider(
        self, app: Flask, client: FlaskClient, market: Market, trade_id: uuid.UUID
    ) -> None:
        token = identity.sign_in_page(client, market.shopper)
        sent = client.post(
            f"/trades/{trade_id}/pay", data={"csrf_token": token, "provider": "sandbox"}
        )
        assert sent.status_code == 303
        assert "/sandbox/pay/" in sent.headers["Location"]

    def test_an_unknown_provider_leads_back_with_a_word(
        self, client: FlaskClient, market: Market, trade_id: uuid.UUID
    ) -> None:
        token = identity.sign_in_page(client, market.shopper)
        address = f"/trades/{trade_id}/pay"
        sent = client.post(address, data={"csrf_token": token, "provider": "x"})
        assert sent.headers["Location"] == address
        assert "不支持这种支付方式" in client.get(address).text


class TestCancelMyTrade:
    def test_cancels(self, client: FlaskClient, market: Market, trade_id: uuid.UUID) -> None:
        token = identity.sign_in_page(client, market.shopper)
        client.post(f"/trades/{trade_id}/cancel", data={"csrf_token": token})
        assert "订单已取消" in client.get(f"/trades/{trade_id}/pay").text
