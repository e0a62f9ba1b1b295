"""The API of coupons."""

from typing import Any

import pytest
from flask.testing import FlaskClient

from marketplace.permissions import Role
from tests.factories.coupons import claim, make_platform_coupon, make_sellers_coupon
from tests.factories.identity import make_account, sign_in
from tests.factories.orders import LIANDU, Market, make_market

ISSUE = {
    "name": "满 100 减 10", "from_fen": 10_000, "amount_off_fen": 1000, "total_limit": 5,
    "valid_from_at": "2026-01-01T00:00:00+08:00", "valid_until_at": "2099-01-01T00:00:00+08:00",
}  # fmt: skip


@pytest.fixture
def market() -> Market:
    return make_market()


class TestIssue:
    def test_by_a_cooperative_is_for_its_goods_at_its_cost(
        self, client: FlaskClient, market: Market
    ) -> None:
        sign_in(client, market.nanjiang.manager)
        path = f"/api/v1/cooperatives/{market.nanjiang.id}/coupons"
        issued = client.post(path, json=ISSUE)
        assert issued.status_code == 201
        assert (issued.json["bearer"], issued.json["coupon"]["issuer"]) == (
            "cooperative", "cooperative",
        )  # fmt: skip
        assert issued.json["coupon"]["cooperative_id"] == str(market.nanjiang.id)
        assert len(client.get(path).json["items"]) == 1
        stopped = client.post(f"/api/v1/coupons/{issued.json['coupon']['id']}/stop")
        assert stopped.json["stopped_at"] is not None

    @pytest.mark.parametrize(
        ("change", "field"),
        [
            ({"from_fen": 1000}, "from_fen"),
            ({"amount_off_fen": 0}, "amount_off_fen"),
            ({"total_limit": 0}, "total_limit"),
            ({"valid_until_at": ISSUE["valid_from_at"]}, "valid_until_at"),
            ({"valid_from_at": "2026-01-01"}, "valid_from_at"),
            ({"bearer": "platform"}, "bearer"),
            ({"product_ids": ["00000000-0000-7000-8000-000000000000"]}, "product_ids"),
        ],
    )
    def test_refuses_what_makes_no_sense(
        self, client: FlaskClient, market: Market, change: dict[str, Any], field: str
    ) -> None:
        sign_in(client, market.nanjiang.manager)
        path = f"/api/v1/cooperatives/{market.nanjiang.id}/coupons"
        answer = client.post(path, json=ISSUE | change)
        assert answer.status_code == 422
        assert field in answer.json["fields"]

    def test_by_the_platform_at_a_cooperatives_cost_needs_its_agreement(
        self, client: FlaskClient, market: Market
    ) -> None:
        sign_in(client, make_account(role=Role.PLATFORM_ADMIN))
        borne = ISSUE | {"bearer": "cooperative", "cooperative_id": str(market.xinhe.id)}
        refused = client.post("/api/v1/platform-coupons", json=borne)
        assert (refused.status_code, "cooperative_id" in refused.json["fields"]) == (422, True)
        agreed = client.post("/api/v1/platform-coupons", json=borne | {"document": "协议 1 号"})
        assert agreed.status_code == 201
        listed = client.get("/api/v1/platform-coupons").json["items"]
        assert [item["document"] for item in listed] == ["协议 1 号"]


class TestHold:
    def test_is_claimed_once_and_used_in_a_quote(self, client: FlaskClient, market: Market) -> None:
        coupon = make_platform_coupon()
        other = make_sellers_coupon(market.xinhe)
        assert {item["id"] for item in client.get("/api/v1/coupons").json["items"]} == {
            str(coupon.id), str(other.id),
        }  # fmt: skip
        query = {"product_id": market.mutton.product_id}
        listed = client.get("/api/v1/coupons", query_string=query).json["items"]
        assert [item["id"] for item in listed] == [str(coupon.id)]
        sign_in(client, market.shopper)
        claimed = client.post(f"/api/v1/coupons/{coupon.id}/claim")
        assert (claimed.status_code, claimed.json["standing"]) == (201, "held")
        again = client.post(f"/api/v1/coupons/{coupon.id}/claim")
        assert (again.status_code, again.json["code"]) == (409, "coupon_limit_reached")
        body = {
            "lines": [{"sku_id": str(market.rawap.id), "quantity": 1}], "ship_to_code": LIANDU,
            "coupon_ids": [claimed.json["id"]],
        }  # fmt: skip
        quote = client.post("/api/v1/quotes", json=body).json
        assert quote["coupons"] == [
            {"id": claimed.json["id"], "name": "满 100 减 10", "discount_fen": 1000, "reason": None}
        ]
        placed = client.post(
            "/api/v1/trades",
            json=body
            | {
                "quote_digest": quote["quote_digest"],
                "ship_to": {"name": "收货人", "phone": "13800138000", "address": "路 1 号"},
            },
        )
        assert (placed.status_code, placed.json["total_fen"]) == (201, 87_000)
        assert client.get("/api/v1/my-coupons").json["items"][0]["standing"] == "used"

    def test_of_others_is_no_coupon_at_all(self, client: FlaskClient, market: Market) -> None:
        theirs = claim(make_account(), make_platform_coupon())
        sign_in(client, market.shopper)
        body = {
            "lines": [{"sku_id": str(market.rawap.id), "quantity": 1}], "ship_to_code": LIANDU,
            "coupon_ids": [str(theirs)],
        }  # fmt: skip
        answer = client.post("/api/v1/quotes", json=body)
        assert (answer.status_code, answer.json["code"]) == (422, "coupon_not_held")
        assert client.get("/api/v1/my-coupons").json["items"] == []
