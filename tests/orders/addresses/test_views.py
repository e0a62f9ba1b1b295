"""The address book over HTTP, and a purchase that names an address of it."""

import uuid

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select, text

from marketplace.database import db
from orders.checkout.service import Recipient
from orders.trades.models import Order
from tests.factories.addresses import DONGYANG, make_address
from tests.factories.identity import make_actor, sign_in
from tests.factories.orders import Market, make_market

ADDRESSES = "/api/v1/addresses"
BODY = {
    "name": "示例收货人",
    "phone": "13800000000",
    "region_code": DONGYANG,
    "address": "示例路 1 号",
}


@pytest.fixture
def market() -> Market:
    return make_market()


@pytest.fixture
def shopper(client: FlaskClient, market: Market) -> FlaskClient:
    sign_in(client, market.shopper)
    return client


class TestAddresses:
    def test_are_added_read_changed_and_deleted(self, shopper: FlaskClient) -> None:
        added = shopper.post(ADDRESSES, json=BODY)
        assert (added.status_code, added.json["is_default"]) == (201, True)
        path = f"{ADDRESSES}/{added.json['id']}"
        seen = shopper.get(path)
        assert seen.json["region_name"] == "浙江省金华市东阳市"
        assert seen.json["phone"] == "13800000000"
        body = {**BODY, "address": "示例路 2 号"}
        assert shopper.put(path, json=body).status_code == 428
        changed = shopper.put(path, json=body, headers={"If-Match": seen.headers["ETag"]})
        assert changed.json["address"] == "示例路 2 号"
        late = shopper.put(path, json=body, headers={"If-Match": seen.headers["ETag"]})
        assert late.status_code == 412
        assert shopper.delete(path).status_code == 204
        assert shopper.get(ADDRESSES).json["items"] == []

    def test_leave_no_person_in_the_stored_answer_of_a_repeated_request(
        self, shopper: FlaskClient
    ) -> None:
        for _ in range(2):
            answer = shopper.post(ADDRESSES, json=BODY, headers={"Idempotency-Key": "one"})
            assert answer.status_code == 201
        assert len(shopper.get(ADDRESSES).json["items"]) == 1
        stored = db.session.execute(text("select body from idempotency_keys")).scalar_one()
        assert "示例" not in stored

    def test_of_others_are_not_found(self, shopper: FlaskClient) -> None:
        path = f"{ADDRESSES}/{make_address(make_actor()).id}"
        assert shopper.get(path).status_code == 404
        assert shopper.delete(path).status_code == 404


class TestPurchase:
    def placing(self, market: Market, address_id: uuid.UUID) -> dict[str, object]:
        lines = [{"sku_id": str(market.mutton.id), "quantity": 1}]
        return {"lines": lines, "address_id": str(address_id)}

    def test_is_sent_to_an_address_of_the_book_and_keeps_it(
        self, shopper: FlaskClient, market: Market
    ) -> None:
        address = make_address(market.buyer, name="示例甲")
        body = self.placing(market, address.id)
        quote = shopper.post("/api/v1/quotes", json=body).json
        placed = shopper.post("/api/v1/trades", json=body | {"quote_digest": quote["quote_digest"]})
        assert placed.status_code == 201, placed.text
        assert shopper.delete(f"{ADDRESSES}/{address.id}").status_code == 204
        order = db.session.scalars(select(Order)).one()
        assert order.ship_to_code == DONGYANG
        assert Recipient.unseal(order.ship_to).name == "示例甲"

    def test_to_an_address_of_others_is_refused(self, shopper: FlaskClient, market: Market) -> None:
        body = self.placing(market, make_address(make_actor()).id)
        answer = shopper.post("/api/v1/quotes", json=body)
        assert (answer.status_code, answer.json["code"]) == (404, "address_not_found")
        answer = shopper.post("/api/v1/trades", json=body | {"quote_digest": "x"})
        assert answer.status_code == 404

    def test_names_one_place_and_one_recipient(self, shopper: FlaskClient, market: Market) -> None:
        body = self.placing(market, make_address(market.buyer).id)
        both = shopper.post("/api/v1/quotes", json=body | {"ship_to_code": DONGYANG})
        assert both.status_code == 422
        del body["address_id"]
        assert shopper.post("/api/v1/quotes", json=body).status_code == 422
        body |= {"ship_to_code": DONGYANG, "quote_digest": "x"}
        assert "ship_to" in shopper.post("/api/v1/trades", json=body).json["fields"]
