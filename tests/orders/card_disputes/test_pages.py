"""A finance officer sees what is at stake and sends evidence, which the bank gets once."""

import io
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient

from marketplace import clock
from marketplace.permissions import Role
from orders.aftersales.service import give_refund
from orders.card_disputes.models import DisputeState
from tests.factories.identity import make_account, sign_in_page
from tests.factories.orders import complete, lines_of, ship
from tests.orders.card_disputes.conftest import Sales
from tests.stripe_server import FakeStripe

HOME = "/desk/card-disputes"
STORY = "买家 6 月 1 日下单，次日发货，6 月 4 日本人签收。"
PDF = b"%PDF-1.4\n\xff\xfe made up\n%%EOF"


@pytest.fixture
def name(sales: Sales) -> str:
    [order] = sales.sell([(sales.market.mutton, 2)])
    ship(sales.market.nanjiang, order, waybill_no="SF1234567890")
    return sales.dispute()


def send(client: FlaskClient, token: str, path: str, **said: Any) -> Any:
    form = {"csrf_token": token, "explanation": STORY, "waybill_no": "SF1234567890",
            "courier": "顺丰", "paper": (io.BytesIO(PDF), "签收单.pdf")} | said  # fmt: skip
    return client.post(f"{path}/evidence", data=form, content_type="multipart/form-data")


class TestCardDisputes:
    def test_are_listed_with_the_time_that_is_left(
        self, client: FlaskClient, sales: Sales, name: str
    ) -> None:
        sign_in_page(client, make_account(role=Role.AUDITOR))
        page = client.get(HOME).text
        assert "称没有收到商品" in page
        assert "材料期限" in page
        one = client.get(f"{HOME}/{sales.find(name).id}").text
        assert "116.00" in one
        assert "提交给银行" not in one
        sales.decide(name, "lost")
        assert "没有拒付" in client.get(HOME).text
        assert "拒付成立" in client.get(f"{HOME}?show=all").text

    def test_say_what_falls_on_no_order(self, client: FlaskClient, sales: Sales) -> None:
        [order] = sales.sell([(sales.market.mutton, 2)])
        give_refund(
            sales.market.nanjiang.actor, order.id, order_line_id=lines_of(order)[0].id,
            quantity=1, reason="缺货",
        )  # fmt: skip
        dispute = sales.find(sales.dispute())
        sign_in_page(client, make_account(role=Role.AUDITOR))
        assert "另有 58.00 元不落在订单上" in client.get(f"{HOME}/{dispute.id}").text

    def test_evidence_goes_to_the_bank_once(
        self, client: FlaskClient, sales: Sales, stripe: FakeStripe, name: str
    ) -> None:
        token = sign_in_page(client, make_account(role=Role.FINANCE_OFFICER))
        path = f"{HOME}/{sales.find(name).id}"
        suggested = client.get(path).text
        assert "SF1234567890" in suggested
        assert "南江黄羊肉" in suggested
        assert send(client, token, path).status_code == 303
        evidence = stripe.disputes.found[name]["evidence"]
        assert evidence["uncategorized_text"] == STORY
        assert evidence["shipping_tracking_number"] == "SF1234567890"
        assert stripe.disputes.files[evidence["uncategorized_file"]]["filename"] == "evidence.pdf"
        assert sales.find(name).state is DisputeState.UNDER_REVIEW
        send(client, token, path, explanation="再补充一点情况说明，请查收")
        assert "已经提交过" in client.get(path).text
        assert stripe.disputes.found[name]["evidence_details"]["submission_count"] == 1

    def test_says_what_is_missing_and_when_nothing_was_delivered(
        self, client: FlaskClient, sales: Sales, stripe: FakeStripe, name: str
    ) -> None:
        token = sign_in_page(client, make_account(role=Role.FINANCE_OFFICER))
        path = f"{HOME}/{sales.find(name).id}"
        assert send(client, token, path, explanation="").status_code == 422
        assert send(client, token, path, paper=(io.BytesIO(b"MZ"), "a.exe")).status_code == 422
        stripe.is_down = True
        send(client, token, path)
        assert "没有送到" in client.get(path).text
        assert sales.find(name).answered_at is None


class TestTheSellersOrder:
    def test_says_what_is_held_and_what_comes_next(
        self, client: FlaskClient, sales: Sales, travel: Callable[[datetime], None]
    ) -> None:
        market = sales.market
        sold = sales.sell([(market.mutton, 2), (market.rawap, 1)])
        order = next(one for one in sold if one.cooperative_id == market.nanjiang.id)
        sales.deliver(order)
        travel(clock.now() + timedelta(days=8))
        assert complete(order)
        name = sales.dispute()
        sign_in_page(client, market.nanjiang.manager)
        page = client.get(f"/desk/orders/{order.id}").text.split("买家拒付")[1]
        for said in (
            "116.00",
            "不结算、不能退款",
            "现已暂扣 ¥116.00",
            "称没有收到商品",
            "最晚答复",
        ):
            assert said in page
        assert "880.00" not in page, "the other cooperative's part"
        sales.decide(name, "won")
        page = client.get(f"/desk/orders/{order.id}").text.split("买家拒付")[1]
        assert "不再因拒付暂停结算" in page
        assert "现已暂扣" not in page
