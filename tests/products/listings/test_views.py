"""The public API of the shop window: parameters, languages, entity tags."""

import uuid
from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient

from marketplace.database import db
from products.catalogue.models import ListingState, Sku
from tests.factories.partners import make_cooperative
from tests.factories.products import NANJIANG, make_product

API = "/api/v1"


class TestListProducts:
    def test_answers_items_and_the_next_cursor(self, client: FlaskClient) -> None:
        cooperative = make_cooperative().id
        names = ["核桃", "银耳", "绿茶"]
        for name in names:
            make_product(cooperative, name=name, is_certified=False)
        seen = []
        after = ""
        for _ in names:
            answer = client.get(f"{API}/products?limit=1&sort=name{after}").json
            seen += [item["name"] for item in answer["items"]]
            after = f"&after={answer['next']}"
        assert answer["next"] is None
        assert seen == ["核桃", "绿茶", "银耳"]  # he, lü, yin

    def test_speaks_both_languages(self, client: FlaskClient) -> None:
        make_product(make_cooperative().id, category_code="mutton", origin_code=NANJIANG)
        chinese = client.get(f"{API}/products")
        english = client.get(f"{API}/products", headers={"Accept-Language": "en"})
        assert chinese.json["items"][0]["category_name"] == "羊肉"
        assert english.json["items"][0]["category_name"] == "Mutton"
        assert english.json["items"][0]["origin_name"] == "四川省巴中市南江县"
        assert "Accept-Language" in chinese.headers["Vary"]
        assert "南江" in chinese.text  # not escaped

    @pytest.mark.parametrize(
        ("query", "field"),
        [
            ("limit=0", "limit"), ("limit=101", "limit"), ("limit=-1", "limit"),
            ("limit=1e2", "limit"), ("limit=", "limit"), ("limit=99999999999999999999", "limit"),
            ("limit=%EF%BC%95x", "limit"), ("sort=cheap", "sort"), ("region=999999", "region"),
            ("region=", "region"), ("region='%20or%201=1", "region"), ("category=gold", "category"),
            ("after=x", "after"), ("after=" + "A" * 501, "after"), ("q=%00", "q"), ("q=", "q"),
            ("colour=red", "colour"), ("Limit=5", "Limit"),
        ],
    )  # fmt: skip
    def test_names_the_parameter_at_fault(
        self, client: FlaskClient, query: str, field: str
    ) -> None:
        answer = client.get(f"{API}/products?{query}")
        assert (answer.status_code, set(answer.json["fields"])) == (422, {field})

    def test_refuses_a_cursor_of_another_order(self, client: FlaskClient) -> None:
        cooperative = make_cooperative().id
        for name in ("核桃", "银耳"):
            make_product(cooperative, name=name, is_certified=False)
        after = client.get(f"{API}/products?limit=1&sort=name").json["next"]
        answer = client.get(f"{API}/products?limit=1&sort=price_asc&after={after}")
        assert (answer.status_code, answer.json["code"]) == (422, "cursor_malformed")

    def test_is_one_statement_whoever_asks(
        self, client: FlaskClient, count_queries: Callable[[], int]
    ) -> None:
        for _ in range(3):
            make_product(make_cooperative().id)
        client.get(f"{API}/products")
        before = count_queries()
        assert len(client.get(f"{API}/products?region={NANJIANG}").json["items"]) == 3
        assert count_queries() - before == 1


class TestGetProduct:
    def test_changes_its_tag_with_what_is_shown(self, client: FlaskClient) -> None:
        made = make_product(make_cooperative().id)
        address = f"{API}/products/{made.id}"
        first = client.get(address)
        tag = {"If-None-Match": first.headers["ETag"]}
        same = client.get(address, headers=tag)
        assert (same.status_code, same.data) == (304, b"")
        db.session.get_one(Sku, made.sku.id).reserved = 1
        changed = client.get(address, headers=tag)
        assert changed.status_code == 200
        assert changed.json["skus"][0]["available"] == first.json["skus"][0]["available"] - 1

    @pytest.mark.parametrize("product_id", [str(uuid.UUID(int=7)), "x", "1", "%00"])
    def test_finds_nothing_where_nothing_is(self, client: FlaskClient, product_id: str) -> None:
        assert client.get(f"{API}/products/{product_id}").status_code == 404

    def test_hides_drafts_of_everybody(self, client: FlaskClient) -> None:
        made = make_product(make_cooperative().id, state=ListingState.DRAFT)
        answer = client.get(f"{API}/products/{made.id}")
        assert (answer.status_code, answer.json["code"]) == (404, "product_not_found")

    def test_is_one_statement(self, client: FlaskClient, count_queries: Callable[[], int]) -> None:
        address = f"{API}/products/{make_product(make_cooperative().id).id}"
        client.get(address)
        before = count_queries()
        client.get(address)
        assert count_queries() - before == 1


class TestListCategories:
    def test_lists_the_tree_in_both_languages(self, client: FlaskClient) -> None:
        rows: list[dict[str, Any]] = client.get(f"{API}/categories").json["items"]
        by_code = {row["code"]: row for row in rows}
        assert by_code["green_tea"]["path"] == ["tea", "green_tea"]
        assert (by_code["tea"]["is_leaf"], by_code["green_tea"]["is_leaf"]) == (False, True)
        english = client.get(f"{API}/categories", headers={"Accept-Language": "en"}).json["items"]
        assert {row["name"] for row in english} >= {"Tea", "Mutton"}
