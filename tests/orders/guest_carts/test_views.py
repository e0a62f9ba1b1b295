"""A visitor's cart over HTTP, before and after signing in."""

import pytest
from flask.testing import FlaskClient
from sqlalchemy import text

from marketplace.database import db
from tests.factories.identity import sign_in
from tests.factories.orders import Market, make_market

GUEST = "/api/v1/guest-cart"


@pytest.fixture
def market() -> Market:
    return make_market()


@pytest.fixture
def token(client: FlaskClient) -> str:
    opened = client.post(GUEST)
    assert opened.status_code == 201
    return str(opened.json["token"])


class TestGuestCart:
    def test_is_filled_changed_and_handed_over(
        self, client: FlaskClient, market: Market, token: str
    ) -> None:
        mine = {"X-Guest-Cart": token}
        body = {"sku_id": str(market.mutton.id), "quantity": 2}
        cart = client.post(f"{GUEST}/lines", json=body, headers=mine).json
        assert cart["goods_fen"] == 11_600
        path = f"{GUEST}/lines/{market.tea.id}"
        client.put(path, json={"quantity": 3}, headers=mine)
        assert len(client.get(GUEST, headers=mine).json["lines"]) == 2
        assert len(client.delete(path, headers=mine).json["lines"]) == 1
        sign_in(client, market.shopper)
        for _ in range(2):
            cart = client.post("/api/v1/cart/merge", json={"guest_cart_token": token}).json
            assert [line["quantity"] for line in cart["lines"]] == [2]
        gone = client.get(GUEST, headers=mine)
        assert (gone.status_code, gone.json["code"]) == (404, "guest_cart_not_found")

    def test_is_known_by_its_token_only(self, client: FlaskClient, token: str) -> None:
        assert client.get(GUEST).status_code == 422
        assert client.get(GUEST, headers={"X-Guest-Cart": "x" * 43}).status_code == 404
        assert client.get(GUEST, headers={"X-Guest-Cart": token}).json["lines"] == []

    def test_keeps_only_a_digest_of_the_token(self, client: FlaskClient, token: str) -> None:
        stored = db.session.execute(text("select guest_carts::text from guest_carts")).scalar_one()
        assert token not in stored
        assert token.encode().hex() not in stored

    def test_merging_what_is_not_there_changes_nothing(
        self, client: FlaskClient, market: Market
    ) -> None:
        sign_in(client, market.shopper)
        answer = client.post("/api/v1/cart/merge", json={"guest_cart_token": "x" * 43})
        assert (answer.status_code, answer.json["lines"]) == (200, [])
