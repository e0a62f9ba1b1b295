"""Requisitions over HTTP: from checkout to an approved trade, with If-Match and the second factor."""

import pytest
from flask.testing import FlaskClient

from tests.factories.identity import sign_in
from tests.factories.orders import DONGYANG, Market, make_market
from tests.factories.requisitions import School, ask, make_school

PATH = "/api/v1/requisitions"


@pytest.fixture
def market() -> Market:
    return make_market()


@pytest.fixture
def school() -> School:
    return make_school()


class TestRequisitions:
    def test_lead_from_a_quote_to_a_trade(
        self, client: FlaskClient, market: Market, school: School
    ) -> None:
        sign_in(client, school.clerk)
        body = {
            "lines": [{"sku_id": str(market.mutton.id), "quantity": 2}],
            "ship_to_code": DONGYANG,
        }
        quote = client.post("/api/v1/quotes", json=body).json
        assert quote["needs_approval"] is True
        body |= {
            "quote_digest": quote["quote_digest"],
            "ship_to": {"name": "示例收货人", "phone": "13800000000", "address": "示例路 1 号"},
        }
        refused = client.post("/api/v1/trades", json=body)
        assert (refused.status_code, refused.json["code"]) == (409, "approval_required")
        asked = client.post(PATH, json=body | {"purpose": "食堂"})
        assert (asked.status_code, asked.json["state"]) == (201, "submitted"), asked.text
        assert "示例收货人" not in asked.text
        path = f"{PATH}/{asked.json['id']}"
        assert client.get(path).json["actions"] == ["withdraw"]

        sign_in(client, school.approver)
        [waiting] = client.get(f"{PATH}?show=waiting").json["items"]
        assert waiting["id"] == asked.json["id"]
        shown = client.get(path)
        assert shown.json["ship_to"]["name"] == "示例收货人"
        assert shown.json["actions"] == ["approve", "refuse"]
        assert client.post(f"{path}/approve").status_code == 428
        approved = client.post(f"{path}/approve", headers={"If-Match": shown.headers["ETag"]})
        assert (approved.status_code, approved.json["state"]) == (200, "approved"), approved.text
        again = client.post(f"{path}/approve", headers={"If-Match": '"v2"'})
        assert (again.status_code, again.json["code"]) == (409, "requisition_not_in_state")
        assert client.get(f"/api/v1/trades/{approved.json['trade_id']}").status_code == 404

        sign_in(client, school.clerk)
        trade = client.get(f"/api/v1/trades/{approved.json['trade_id']}").json
        assert "pay" in trade["actions"]

    def test_are_decided_with_a_fresh_second_factor(
        self, client: FlaskClient, market: Market, school: School
    ) -> None:
        path = f"{PATH}/{ask(school, [(market.mutton, 2)]).id}/approve"
        sign_in(client, school.approver, stepped_up=False)
        answer = client.post(path, headers={"If-Match": '"v1"'})
        assert (answer.status_code, answer.json["code"]) == (403, "step_up_required")

    def test_are_refused_with_a_reason(
        self, client: FlaskClient, market: Market, school: School
    ) -> None:
        path = f"{PATH}/{ask(school, [(market.mutton, 2)]).id}/refuse"
        sign_in(client, school.approver)
        assert client.post(path, json={"reason": " "}).status_code == 422
        assert client.post(path, json={"reason": "重复采购"}).json["answer"] == "重复采购"

    def test_of_other_units_are_not_found(
        self, client: FlaskClient, market: Market, school: School
    ) -> None:
        path = f"{PATH}/{ask(school, [(market.mutton, 2)]).id}"
        sign_in(client, make_school().approver)
        assert client.get(path).status_code == 404
        assert client.post(f"{path}/refuse", json={"reason": "x"}).status_code == 404


class TestApprovalRule:
    def test_is_set_with_if_match(self, client: FlaskClient, school: School) -> None:
        sign_in(client, school.approver)
        path = f"/api/v1/buying-units/{school.unit.id}"
        tag = {"If-Match": client.get(path).headers["ETag"]}
        body = {"approval_from_fen": 50_000}
        assert client.put(f"{path}/approval-rule", json=body).status_code == 428
        answer = client.put(f"{path}/approval-rule", json=body, headers=tag)
        assert answer.json["approval_from_fen"] == 50_000
