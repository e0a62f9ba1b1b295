"""Refunds in pages: asked for, answered, withdrawn."""

import uuid

import pytest
from flask.testing import FlaskClient

from marketplace.database import db
from orders.aftersales.models import AftersalesCase
from orders.aftersales.service import apply_for_refund
from orders.trades.models import Order
from orders.trades.states import AftersalesState
from tests.factories import identity
from tests.factories.orders import DONGYANG, Market, buy, lines_of, make_market


@pytest.fixture
def market() -> Market:
    return make_market()


@pytest.fixture
def order(market: Market) -> Order:
    return buy(market.buyer, [(market.mutton, 2)], DONGYANG)[0]


@pytest.fixture
def case(market: Market, order: Order) -> AftersalesCase:
    return apply_for_refund(
        market.buyer, order.id, order_line_id=lines_of(order)[0].id, quantity=1, reason="少了一袋"
    )


def state_of(case_id: uuid.UUID) -> AftersalesState:
    return db.session.get_one(AftersalesCase, case_id, populate_existing=True).state


class TestAskForRefund:
    def address(self, order: Order) -> str:
        return f"/orders/{order.id}/lines/{lines_of(order)[0].id}/refund"

    def test_the_form_offers_all_that_is_left(
        self, client: FlaskClient, market: Market, order: Order
    ) -> None:
        identity.sign_in_page(client, market.shopper)
        page = client.get(self.address(order)).text
        assert 'value="2"' in page
        assert 'value="116.00"' in page

    def test_is_sent_to_the_cooperative(
        self, client: FlaskClient, market: Market, order: Order
    ) -> None:
        token = identity.sign_in_page(client, market.shopper)
        values = {
            "csrf_token": token,
            "quantity": "1",
            "amount_yuan": "58.00",
            "reason": "坏了一袋",
        }
        assert client.post(self.address(order), data=values).status_code == 303
        page = client.get(f"/orders/{order.id}").text
        assert "待商家处理" in page
        assert "坏了一袋" in page

    @pytest.mark.parametrize(
        ("field", "typed"),
        [("quantity", "3"), ("amount_yuan", "116.01"), ("amount_yuan", "x"), ("amount_yuan", "0"),
         ("reason", "")],
    )  # fmt: skip
    def test_says_what_is_wrong(
        self, client: FlaskClient, market: Market, order: Order, field: str, typed: str
    ) -> None:
        token = identity.sign_in_page(client, market.shopper)
        values = {"csrf_token": token, "quantity": "2", "amount_yuan": "116.00", "reason": "坏了"}
        refused = client.post(self.address(order), data={**values, field: typed})
        assert refused.status_code == 422
        assert "error-text" in refused.text
        assert "10000000000000" not in refused.text  # the bounds in fen are nothing to a buyer

    def test_nobody_asks_for_others(
        self, client: FlaskClient, market: Market, order: Order
    ) -> None:
        identity.sign_in_page(client, identity.make_account())
        assert client.get(self.address(order)).status_code == 404

    def test_the_seller_does_not_ask(
        self, client: FlaskClient, market: Market, order: Order
    ) -> None:
        identity.sign_in_page(client, market.nanjiang.manager)
        assert client.get(self.address(order)).status_code == 404


class TestAnswerRefund:
    def answer(self, client: FlaskClient, token: str, case_id: uuid.UUID, **values: str) -> None:
        data = {"csrf_token": token, **values}
        assert client.post(f"/desk/refunds/{case_id}/answer", data=data).status_code == 303

    def test_agreement_takes_the_credit_back(
        self, client: FlaskClient, market: Market, case: AftersalesCase, order: Order
    ) -> None:
        token = identity.sign_in_page(client, market.nanjiang.manager)
        assert "少了一袋" in client.get("/desk/refunds").text
        self.answer(client, token, case.id, decision="agree")
        assert state_of(case.id) is AftersalesState.AWAITING_REFUND
        buyer = client.application.test_client()
        identity.sign_in_page(buyer, market.shopper)
        assert "帮助销售 · ¥58.00 · 待确认" in buyer.get(f"/orders/{order.id}").text

    def test_a_refusal_must_say_why(
        self, client: FlaskClient, market: Market, case: AftersalesCase
    ) -> None:
        token = identity.sign_in_page(client, market.nanjiang.manager)
        self.answer(client, token, case.id, decision="refuse", answer="")
        assert state_of(case.id) is AftersalesState.APPLIED
        assert "拒绝退款须写明理由" in client.get("/desk/refunds").text
        self.answer(client, token, case.id, decision="refuse", answer="已按约定发货")
        assert state_of(case.id) is AftersalesState.REFUSED

    def test_another_cooperative_does_not_see_it(
        self, client: FlaskClient, market: Market, case: AftersalesCase
    ) -> None:
        token = identity.sign_in_page(client, market.xinhe.manager)
        assert "少了一袋" not in client.get("/desk/refunds?tab=all").text
        data = {"csrf_token": token, "decision": "agree"}
        assert client.post(f"/desk/refunds/{case.id}/answer", data=data).status_code == 404
        assert state_of(case.id) is AftersalesState.APPLIED


class TestWithdrawRefund:
    def test_takes_it_back(self, client: FlaskClient, market: Market, case: AftersalesCase) -> None:
        token = identity.sign_in_page(client, market.shopper)
        client.post(f"/refunds/{case.id}/withdraw", data={"csrf_token": token})
        assert state_of(case.id) is AftersalesState.WITHDRAWN
