"""Buying over HTTP: what is accepted, what is refused, and how it is said."""

import uuid
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select, update

from marketplace.database import db
from marketplace.permissions import Role
from orders.trades.models import Trade
from products.catalogue.models import Sku
from tests.factories.identity import make_account, sign_in
from tests.factories.orders import LIANDU, Market, make_market, orders_of, pay, place


@pytest.fixture
def market() -> Market:
    return make_market()


@pytest.fixture
def shopper(client: FlaskClient, market: Market) -> FlaskClient:
    sign_in(client, market.shopper)
    return client


def body_for(*lines: tuple[Sku, int], **more: Any) -> dict[str, Any]:
    return {
        "lines": [{"sku_id": str(sku.id), "quantity": quantity} for sku, quantity in lines],
        "ship_to_code": LIANDU,
    } | more


def order_body(shopper: FlaskClient, *lines: tuple[Sku, int], **more: Any) -> dict[str, Any]:
    body = body_for(*lines)
    quote = shopper.post("/api/v1/quotes", json=body).json
    ship_to = {"name": "示例收货人", "phone": "13800138000", "address": "示例路 1 号"}
    return body | {"quote_digest": quote["quote_digest"], "ship_to": ship_to} | more


def count_trades() -> int | None:
    return db.session.scalar(select(func.count()).select_from(Trade))


class TestQuotes:
    def test_say_whose_quota_each_line_helps(self, shopper: FlaskClient, market: Market) -> None:
        quote = shopper.post(
            "/api/v1/quotes", json=body_for((market.rawap, 1), (market.mutton, 2))
        ).json
        assert quote["total_fen"] == 99_600
        assert quote["attribution"]["explanation"] == "按收货地区，归属浙江省丽水市莲都区"
        helps = {
            line["product_name"]: {each["scheme"]: each for each in line["helps"]}
            for order in quote["orders"]
            for line in order["lines"]
        }
        assert helps["热瓦普"]["pairing"]["counts"]
        assert helps["热瓦普"]["pairing"]["region_name"] == "浙江省丽水市莲都区"
        assert not helps["南江黄羊肉"]["pairing"]["counts"]
        assert "2021" in helps["南江黄羊肉"]["pairing"]["reason"]

    def test_speak_english_when_asked(self, shopper: FlaskClient, market: Market) -> None:
        quote = shopper.post(
            "/api/v1/quotes",
            json=body_for((market.rawap, 1)),
            headers={"Accept-Language": "en"},
        ).json
        assert quote["attribution"]["explanation"].startswith("Counts for")

    def test_tell_what_is_short(self, shopper: FlaskClient, market: Market) -> None:
        quote = shopper.post("/api/v1/quotes", json=body_for((market.mutton, 101))).json
        [short] = quote["unavailable"]
        assert (short["available"], short["reason"]) == (100, "库存只剩 100 件")

    @pytest.mark.parametrize(
        ("change", "field"),
        [
            ({"lines": []}, "lines"),
            ({"ship_to_code": "33110"}, "ship_to_code"),
            ({"ship_to_code": "331199"}, "ship_to_code"),
            ({"total_fen": 1}, "total_fen"),
            ({"attribution": {"buying_unit_id": str(uuid.uuid4())}}, "buying_unit_id"),
            ({"attribution": {"region_code": "119999"}}, "region_code"),
        ],
    )
    def test_refuse_bad_input_naming_the_field(
        self, shopper: FlaskClient, market: Market, change: dict[str, Any], field: str
    ) -> None:
        answer = shopper.post("/api/v1/quotes", json=body_for((market.mutton, 1)) | change)
        assert answer.status_code == 422
        assert any(field in name for name in answer.json["fields"])

    @pytest.mark.parametrize("quantity", [0, -1, 1.5, "2", True, None, 2**31, 2**63])
    def test_refuse_what_is_no_quantity(
        self, shopper: FlaskClient, market: Market, quantity: object
    ) -> None:
        line = {"sku_id": str(market.mutton.id), "quantity": quantity}
        answer = shopper.post("/api/v1/quotes", json={"lines": [line], "ship_to_code": LIANDU})
        assert answer.status_code == 422

    def test_refuse_a_price_from_the_client(self, shopper: FlaskClient, market: Market) -> None:
        line = {"sku_id": str(market.mutton.id), "quantity": 1, "price_fen": 1}
        answer = shopper.post("/api/v1/quotes", json={"lines": [line], "ship_to_code": LIANDU})
        assert answer.status_code == 422
        assert any("price_fen" in name for name in answer.json["fields"])


class TestPlaceTrade:
    def test_makes_a_trade(self, shopper: FlaskClient, market: Market) -> None:
        answer = shopper.post(
            "/api/v1/trades", json=order_body(shopper, (market.mutton, 1), (market.rawap, 1))
        )
        assert answer.status_code == 201
        trade = answer.json
        assert (trade["state"], trade["total_fen"]) == ("open", 93_800)
        assert trade["actions"] == ["pay", "cancel"]
        assert {order["total_fen"] for order in trade["orders"]} == {5800, 88_000}
        assert shopper.get(f"/api/v1/trades/{trade['id']}").json == trade

    def test_keeps_a_word_to_each_cooperative(self, shopper: FlaskClient, market: Market) -> None:
        remarks = [{"cooperative_id": str(market.xinhe.id), "remark": " 请调好弦 "}]
        body = order_body(shopper, (market.rawap, 1), (market.mutton, 1), remarks=remarks)
        trade = shopper.post("/api/v1/trades", json=body).json
        said = {order.cooperative_id: order.remark for order in orders_of(uuid.UUID(trade["id"]))}
        assert said == {market.xinhe.id: "请调好弦", market.nanjiang.id: None}

    def test_refuses_a_word_to_nobody(self, shopper: FlaskClient, market: Market) -> None:
        remarks = [{"cooperative_id": str(market.xinhe.id), "remark": "你好"}]
        body = order_body(shopper, (market.mutton, 1), remarks=remarks)
        answer = shopper.post("/api/v1/trades", json=body)
        assert (answer.status_code, answer.json["code"]) == (422, "remark_to_nobody")
        assert count_trades() == 0

    def test_answers_a_repeated_key_with_the_first_answer(
        self, shopper: FlaskClient, market: Market
    ) -> None:
        body = order_body(shopper, (market.mutton, 1))
        key = {"Idempotency-Key": "k-1"}
        first = shopper.post("/api/v1/trades", json=body, headers=key)
        again = shopper.post("/api/v1/trades", json=body, headers=key)
        assert (again.status_code, again.json) == (201, first.json)
        other = shopper.post("/api/v1/trades", json=body | {"ship_to_code": "331122"}, headers=key)
        assert other.status_code == 422
        assert count_trades() == 1

    def test_answers_a_changed_price_with_the_new_quote(
        self, shopper: FlaskClient, market: Market
    ) -> None:
        body = order_body(shopper, (market.mutton, 1))
        db.session.execute(update(Sku).where(Sku.id == market.mutton.id).values(price_fen=6000))
        answer = shopper.post("/api/v1/trades", json=body)
        assert (answer.status_code, answer.json["code"]) == (409, "quote_changed")
        assert answer.json["quote"]["total_fen"] == 6000
        body["quote_digest"] = answer.json["quote"]["quote_digest"]
        assert shopper.post("/api/v1/trades", json=body).json["total_fen"] == 6000

    @pytest.mark.parametrize(
        ("change", "field"),
        [
            ({"quote_digest": None}, "quote_digest"),
            ({"ship_to": {"name": "", "phone": "13800138000", "address": "x"}}, "name"),
            ({"ship_to": {"name": "收", "phone": "12345", "address": "x"}}, "phone"),
            ({"ship_to": {"name": "收", "phone": "13800138000", "address": "\u202ex"}}, "address"),
            ({"ship_to": {"name": "收\x00", "phone": "13800138000", "address": "x"}}, "name"),
            ({"account_id": "00000000-0000-0000-0000-000000000000"}, "account_id"),
            ({"discount_fen": 100}, "discount_fen"),
        ],
    )
    def test_refuses_bad_input_and_writes_nothing(
        self, shopper: FlaskClient, market: Market, change: dict[str, Any], field: str
    ) -> None:
        answer = shopper.post(
            "/api/v1/trades", json=order_body(shopper, (market.mutton, 1)) | change
        )
        assert answer.status_code == 422
        assert any(field in name for name in answer.json["fields"])
        assert count_trades() == 0


class TestTrades:
    def test_are_listed_for_their_buyer_only(self, client: FlaskClient, market: Market) -> None:
        whole = place(market.buyer, [(market.mutton, 1)])
        place(market.buyer, [(market.mutton, 2)])
        sign_in(client, market.shopper)
        page = client.get("/api/v1/trades?limit=1").json
        assert [item["total_fen"] for item in page["items"]] == [11_600]
        rest = client.get("/api/v1/trades", query_string={"after": page["next"]}).json
        assert [item["id"] for item in rest["items"]] == [str(whole.trade.id)]
        assert rest["next"] is None
        sign_in(client, make_account())
        assert client.get("/api/v1/trades").json["items"] == []
        assert client.get(f"/api/v1/trades/{whole.trade.id}").status_code == 404

    def test_may_be_read_but_not_touched_by_an_auditor(
        self, client: FlaskClient, market: Market
    ) -> None:
        whole = place(market.buyer, [(market.mutton, 1)])
        sign_in(client, make_account(role=Role.AUDITOR))
        seen = client.get(f"/api/v1/trades/{whole.trade.id}").json
        assert (seen["total_fen"], seen["actions"]) == (5800, [])
        assert client.post(f"/api/v1/trades/{whole.trade.id}/cancel").status_code == 404


class TestCancelTrade:
    def test_ends_the_trade_and_its_orders(self, shopper: FlaskClient, market: Market) -> None:
        whole = place(market.buyer, [(market.mutton, 1)])
        path = f"/api/v1/trades/{whole.trade.id}/cancel"
        cancelled = shopper.post(path).json
        assert (cancelled["state"], cancelled["actions"]) == ("cancelled", [])
        assert {order["state"] for order in cancelled["orders"]} == {"cancelled"}
        assert shopper.post(path).json == cancelled

    def test_refuses_a_paid_trade(self, shopper: FlaskClient, market: Market) -> None:
        whole = place(market.buyer, [(market.mutton, 1)])
        pay(market.buyer, whole.trade.id)
        answer = shopper.post(f"/api/v1/trades/{whole.trade.id}/cancel")
        assert (answer.status_code, answer.json["code"]) == (409, "trade_not_open")
