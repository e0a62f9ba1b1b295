"""The API of freight templates."""

from typing import Any

import pytest
from flask.testing import FlaskClient

from tests.factories.freight import flat, make_template, refused, send_by, zone
from tests.factories.identity import sign_in
from tests.factories.orders import LIANDU, Market, make_market

NORTH = {"name": "常温", "basis": "piece", "zones": [zone(), refused("650000")]}


@pytest.fixture
def market() -> Market:
    return make_market()


@pytest.fixture
def seller(client: FlaskClient, market: Market) -> FlaskClient:
    sign_in(client, market.nanjiang.manager)
    return client


def path_of(market: Market) -> str:
    return f"/api/v1/cooperatives/{market.nanjiang.id}/freight-templates"


class TestTemplates:
    def test_are_written_by_the_cooperative_and_seen_by_everybody(
        self, seller: FlaskClient, market: Market
    ) -> None:
        written = seller.post(path_of(market), json=NORTH)
        assert (written.status_code, written.json["is_default"]) == (201, True)
        assert written.json["zones"][1]["region_codes"] == ["650000"]
        seen = seller.application.test_client().get(path_of(market)).json
        assert [item["id"] for item in seen["items"]] == [written.json["id"]]

    def test_have_one_default(self, seller: FlaskClient, market: Market) -> None:
        first = seller.post(path_of(market), json=NORTH).json["id"]
        second = seller.post(path_of(market), json=NORTH | {"name": "冷链", "is_default": True})
        assert second.status_code == 201
        assert seller.get(f"/api/v1/freight-templates/{first}").json["is_default"] is False

    def test_are_changed_on_the_version_that_was_read(
        self, seller: FlaskClient, market: Market
    ) -> None:
        path = f"/api/v1/freight-templates/{make_template(market.nanjiang).id}"
        tag = seller.get(path).headers["ETag"]
        assert seller.put(path, json=NORTH).status_code == 428
        assert seller.put(path, json=NORTH, headers={"If-Match": tag}).status_code == 200
        assert seller.put(path, json=NORTH, headers={"If-Match": tag}).status_code == 412

    @pytest.mark.parametrize(
        ("change", "field"),
        [
            ({"zones": []}, "zones"),
            ({"zones": [zone(), zone()]}, "zones.1.region_codes"),
            ({"zones": [zone("650000"), refused("650000")]}, "zones.1.region_codes"),
            ({"zones": [zone("999999")]}, "zones.0.region_codes"),
            ({"zones": [zone("650000", "650000")]}, "zones.0.region_codes"),
            ({"zones": [{"region_codes": []}]}, "zones.0.first_fen"),
            ({"zones": [refused() | {"first_fen": 1}]}, "zones.0.first_fen"),
            ({"zones": [zone(further_units=0)]}, "zones.0.further_units"),
            ({"zones": [zone(first_fen=-1)]}, "zones.0.first_fen"),
            ({"basis": "length"}, "basis"),
            ({"price_fen": 1}, "price_fen"),
        ],
    )
    def test_refuse_what_gives_no_single_answer(
        self, seller: FlaskClient, market: Market, change: dict[str, Any], field: str
    ) -> None:
        answer = seller.post(path_of(market), json=NORTH | change)
        assert answer.status_code == 422
        assert field in answer.json["fields"]
        assert seller.get(path_of(market)).json["items"] == []

    def test_refuse_a_name_that_is_taken(self, seller: FlaskClient, market: Market) -> None:
        make_template(market.nanjiang, name="常温")
        answer = seller.post(path_of(market), json=NORTH)
        assert (answer.status_code, answer.json["code"]) == (409, "freight_template_name_taken")

    def test_go_when_no_product_uses_them(self, seller: FlaskClient, market: Market) -> None:
        template = make_template(market.nanjiang)
        send_by(market.nanjiang, market.mutton, template.id)
        path = f"/api/v1/freight-templates/{template.id}"
        assert seller.delete(path).json["code"] == "freight_template_in_use"
        product = f"/api/v1/products/{market.mutton.product_id}/freight-template"
        assert seller.put(product, json={"template_id": None}).status_code == 200
        assert seller.delete(path).status_code == 204
        assert seller.get(path).status_code == 404

    def test_of_another_cooperative_cannot_be_chosen(
        self, seller: FlaskClient, market: Market
    ) -> None:
        foreign = make_template(market.xinhe)
        path = f"/api/v1/products/{market.mutton.product_id}/freight-template"
        assert seller.put(path, json={"template_id": str(foreign.id)}).status_code == 404


class TestPreview:
    def ask(self, client: FlaskClient, market: Market, **query: Any) -> Any:
        asked = {"sku_id": market.mutton.id, "quantity": 3, "ship_to_code": LIANDU, **query}
        return client.get("/api/v1/freight-preview", query_string=asked)

    def test_says_what_three_bags_cost(self, client: FlaskClient, market: Market) -> None:
        make_template(market.nanjiang, zone())
        told = self.ask(client, market).json
        assert (told["is_served"], told["freight_fen"]) == (True, 1400)
        assert told["ship_to_name"] == "浙江省丽水市莲都区"

    def test_says_that_it_is_not_sent_there(self, client: FlaskClient, market: Market) -> None:
        make_template(market.nanjiang, flat(500), refused("330000"))
        told = self.ask(client, market).json
        assert (told["is_served"], told["freight_fen"]) == (False, None)
        assert told["reason"] == "不支持配送到浙江省丽水市莲都区"

    def test_refuses_an_unknown_place_or_spec(self, client: FlaskClient, market: Market) -> None:
        assert self.ask(client, market, ship_to_code="999999").status_code == 422
        assert self.ask(client, market, sku_id=market.nanjiang.id).status_code == 404
