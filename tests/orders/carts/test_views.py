"""The cart over HTTP: one per account, told what changed since."""

import uuid

import pytest
from flask.testing import FlaskClient
from sqlalchemy import update

from marketplace.database import db
from orders.carts.models import CartLine
from orders.carts.service import MAX_LINES
from products.catalogue.models import ListingState, Product, Sku
from tests.factories.identity import make_account, sign_in
from tests.factories.offers import give_steps, limit, step
from tests.factories.orders import Market, make_market, stock_up

CART = "/api/v1/cart"


@pytest.fixture
def market() -> Market:
    return make_market()


@pytest.fixture
def shopper(client: FlaskClient, market: Market) -> FlaskClient:
    sign_in(client, market.shopper)
    return client


class TestCart:
    def test_adds_up_what_is_put_in_twice(self, shopper: FlaskClient, market: Market) -> None:
        body = {"sku_id": str(market.mutton.id), "quantity": 2}
        shopper.post(f"{CART}/lines", json=body)
        cart = shopper.post(f"{CART}/lines", json=body).json
        assert [line["quantity"] for line in cart["lines"]] == [4]
        assert cart["goods_fen"] == 23_200

    def test_sums_at_bulk_prices_and_keeps_to_the_limits_of_an_order(
        self, shopper: FlaskClient, market: Market
    ) -> None:
        give_steps(market.nanjiang, market.mutton, step(10, 5000))
        limit(market.nanjiang, market.tea, per_order=2)
        shopper.put(f"{CART}/lines/{market.tea.id}", json={"quantity": 3})
        cart = shopper.put(f"{CART}/lines/{market.mutton.id}", json={"quantity": 10}).json
        seen = {line["product_name"]: line for line in cart["lines"]}
        mutton, tea = seen["南江黄羊肉"], seen["南江大叶茶"]
        assert (mutton["price_fen"], mutton["list_price_fen"]) == (5000, 5800)
        assert (tea["stale"], tea["notes"]) == (["over_limit"], ["每单限购 2 件"])
        assert cart["goods_fen"] == mutton["amount_fen"] == 50_000

    def test_holds_lines_of_several_cooperatives(
        self, shopper: FlaskClient, market: Market
    ) -> None:
        for sku in (market.mutton, market.rawap):
            shopper.post(f"{CART}/lines", json={"sku_id": str(sku.id)})
        names = {line["cooperative_name"] for line in shopper.get(CART).json["lines"]}
        assert names == {"示例合作社 · 南江", "示例合作社 · 新和"}

    def test_sets_and_removes_lines(self, shopper: FlaskClient, market: Market) -> None:
        path = f"{CART}/lines/{market.mutton.id}"
        assert shopper.put(path, json={"quantity": 7}).json["lines"][0]["quantity"] == 7
        assert shopper.put(path, json={"quantity": 3}).json["lines"][0]["quantity"] == 3
        assert shopper.delete(path).json["lines"] == []
        gone = shopper.delete(path)
        assert (gone.status_code, gone.json["code"]) == (404, "cart_line_not_found")

    def test_belongs_to_one_account(self, client: FlaskClient, market: Market) -> None:
        sign_in(client, market.shopper)
        client.put(f"{CART}/lines/{market.mutton.id}", json={"quantity": 1})
        sign_in(client, make_account())
        assert client.get(CART).json["lines"] == []
        assert client.delete(f"{CART}/lines/{market.mutton.id}").status_code == 404

    def test_tells_what_changed_since(self, shopper: FlaskClient, market: Market) -> None:
        for sku, quantity in ((market.mutton, 1), (market.tea, 50), (market.rawap, 1)):
            shopper.put(f"{CART}/lines/{sku.id}", json={"quantity": quantity})
        db.session.execute(update(Sku).where(Sku.id == market.mutton.id).values(price_fen=6000))
        db.session.execute(update(Sku).where(Sku.id == market.tea.id).values(reserved=60))
        db.session.execute(
            update(Product)
            .where(Product.id == market.rawap.product_id)
            .values(state=ListingState.PAUSED)
        )
        cart = shopper.get(CART).json
        stale = {line["product_name"]: (line["stale"], line["notes"]) for line in cart["lines"]}
        assert stale == {
            "南江黄羊肉": (["price_changed"], ["价格由 58.00 元变为 60.00 元"]),
            "南江大叶茶": (["short"], ["库存只剩 40 件"]),
            "热瓦普": (["unlisted"], ["商品已下架"]),
        }
        assert cart["goods_fen"] == 6000

    def test_refuses_what_is_not_sold(self, shopper: FlaskClient) -> None:
        answer = shopper.post(f"{CART}/lines", json={"sku_id": str(uuid.uuid4())})
        assert (answer.status_code, answer.json["code"]) == (422, "sku_not_sold")

    @pytest.mark.parametrize("quantity", [0, -3, 1.5, "1", True, 1_000_001, 2**63])
    def test_refuses_what_is_no_quantity(
        self, shopper: FlaskClient, market: Market, quantity: object
    ) -> None:
        path = f"{CART}/lines/{market.mutton.id}"
        assert shopper.put(path, json={"quantity": quantity}).status_code == 422

    def test_refuses_to_add_beyond_the_largest_quantity(
        self, shopper: FlaskClient, market: Market
    ) -> None:
        body = {"sku_id": str(market.mutton.id), "quantity": 600_000}
        shopper.post(f"{CART}/lines", json=body)
        answer = shopper.post(f"{CART}/lines", json=body)
        assert (answer.status_code, answer.json["code"]) == (422, "quantity_too_large")
        assert shopper.get(CART).json["lines"][0]["quantity"] == 600_000

    def test_refuses_to_grow_without_end(self, shopper: FlaskClient, market: Market) -> None:
        now = db.session.get_one(Sku, market.mutton.id).created_at
        for _ in range(MAX_LINES):
            db.session.add(
                CartLine(
                    account_id=market.shopper.id,
                    sku_id=uuid.uuid4(),
                    quantity=1,
                    price_seen_fen=1,
                    added_at=now,
                )
            )
        db.session.flush()
        one_more = stock_up(market.nanjiang, "南江核桃")
        answer = shopper.post(f"{CART}/lines", json={"sku_id": str(one_more.id)})
        assert (answer.status_code, answer.json["code"]) == (422, "cart_full")
