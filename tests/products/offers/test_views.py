"""Bulk prices and limits over the API and in pages."""

import re
from types import SimpleNamespace
from typing import Any

import pytest
from flask.testing import FlaskClient

from marketplace.forms import MOST_DIGITS
from products.offers.models import Period
from tests.factories import identity
from tests.factories.offers import give_steps, limit, step
from tests.factories.orders import LIANDU, Market, make_market


def tag_of(client: FlaskClient, market: Market) -> dict[str, str]:
    shown = client.get(f"/api/v1/products/{market.mutton.product_id}/offers")
    return {"If-Match": shown.headers["ETag"]}


def version_of(client: FlaskClient, address: str) -> str:
    found = re.search(r'name="version" value="(\d+)"', client.get(address).text)
    assert found is not None
    return found[1]


@pytest.fixture
def market() -> Market:
    return make_market()


class TestApi:
    def test_sets_and_shows_what_is_offered(self, client: FlaskClient, market: Market) -> None:
        product = f"/api/v1/products/{market.mutton.product_id}"
        identity.sign_in(client, market.nanjiang.manager)
        steps = [step(10, 5200), step(10, 5000, is_for_units=True)]
        path, body = f"/api/v1/skus/{market.mutton.id}/price-steps", {"steps": steps}
        read = tag_of(client, market)
        answer = client.put(path, json=body, headers=read)
        assert answer.status_code == 200
        # Somebody else had read the same; and nobody changes what was not read.
        assert client.put(path, json=body, headers=read).status_code == 412
        assert client.put(path, json=body).status_code == 428
        limits = {"limits": [{"per_order": 2, "per_period": 5, "period": "month"}]}
        fresh = {"If-Match": answer.headers["ETag"]}
        assert client.put(f"{product}/buyer-limits", json=limits, headers=fresh).status_code == 200
        shown = client.application.test_client().get(f"{product}/offers").json
        assert [one["price_fen"] for one in shown["price_steps"]] == [5200, 5000]
        assert shown["buyer_limits"] == [
            {"sku_id": None, "per_order": 2, "per_period": 5, "period": "month"}
        ]
        body = {"lines": [{"sku_id": str(market.mutton.id), "quantity": 10}]}
        quote = client.post("/api/v1/quotes", json=body | {"ship_to_code": LIANDU}).json
        assert quote["unavailable"][0]["reason"] == "每单限购 2 件"

    @pytest.mark.parametrize(
        ("limits", "field"),
        [
            ([{}], "limits.0.per_order"),
            ([{"per_period": 5}], "limits.0.period"),
            ([{"per_order": 0}], "limits.0.per_order"),
            ([{"per_order": 1}, {"per_order": 2}], "limits"),
            ([{"per_order": 1, "sku_id": "00000000-0000-7000-8000-000000000000"}], "limits"),
        ],
    )
    def test_refuses_limits_without_sense(
        self, client: FlaskClient, market: Market, limits: list[Any], field: str
    ) -> None:
        identity.sign_in(client, market.nanjiang.manager)
        path = f"/api/v1/products/{market.mutton.product_id}/buyer-limits"
        answer = client.put(path, json={"limits": limits}, headers=tag_of(client, market))
        assert answer.status_code == 422
        assert field in answer.json["fields"]


class TestPages:
    def test_saves_and_shows_them_on_the_product(self, client: FlaskClient, market: Market) -> None:
        token = identity.sign_in_page(client, market.nanjiang.manager)
        address = f"/desk/products/{market.mutton.product_id}/offers"
        sku = market.mutton.id
        form = {
            "csrf_token": token, "version": version_of(client, address),
            f"{sku}-0-quantity": "10", f"{sku}-0-price": "52",
            f"{sku}-1-quantity": "10", f"{sku}-1-price": "50", f"{sku}-1-units": "yes",
            "limit-all-per_order": "20", "limit-all-per_period": "40", "limit-all-period": "month",
        }  # fmt: skip
        assert client.post(address, data=form).status_code == 303
        assert client.post(address, data=form).status_code == 422
        page = client.get(f"/products/{market.mutton.product_id}").text
        assert "10 袋起，每袋 52.00 元" in page
        assert "采购单位 10 袋起，每袋 50.00 元" in page
        assert "每单限购 20 件，每人（单位）每月限购 40 件" in page
        assert 'value="52.00"' in client.get(address).text

    def test_takes_the_highest_fingerprint_back(
        self, client: FlaskClient, market: Market, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        highest = SimpleNamespace(digest=lambda: b"\xff" * 32)
        fake = SimpleNamespace(sha256=lambda _: highest)
        monkeypatch.setattr("products.offers.queries.hashlib", fake)
        token = identity.sign_in_page(client, market.nanjiang.manager)
        address = f"/desk/products/{market.mutton.product_id}/offers"
        version = version_of(client, address)
        assert len(version) <= MOST_DIGITS
        form = {"csrf_token": token, "version": version, "limit-all-per_order": "20"}
        assert client.post(address, data=form).status_code == 303
        assert 'value="20"' in client.get(address).text
        identity.sign_in(client, market.nanjiang.manager)
        path = f"/api/v1/products/{market.mutton.product_id}/buyer-limits"
        limits = {"limits": [{"per_order": 2}]}
        assert client.put(path, json=limits, headers=tag_of(client, market)).status_code == 200

    def test_says_beside_the_field_what_is_wrong(self, client: FlaskClient, market: Market) -> None:
        give_steps(market.nanjiang, market.mutton, step(5, 5000))
        limit(market.nanjiang, market.mutton, per_period=3, period=Period.DAY)
        token = identity.sign_in_page(client, market.nanjiang.manager)
        address = f"/desk/products/{market.mutton.product_id}/offers"
        sku = market.mutton.id
        wrong = {
            "csrf_token": token, "version": version_of(client, address),
            f"{sku}-1-quantity": "10", f"{sku}-1-price": "58",
            "limit-all-per_period": "3", "limit-all-period": "day",
        }  # fmt: skip
        page = client.post(address, data=wrong)
        assert page.status_code == 422
        assert f'id="{sku}-1-price-error"' in page.text
        page = client.post(address, data=wrong | {"limit-all-period": ""})
        assert "请选择限购的时间" in page.text
