"""The API of outlets."""

from datetime import date
from typing import Any

import pytest
from flask.testing import FlaskClient

from marketplace.permissions import Role
from partners.outlets.models import Outlet, OutletKind
from tests.factories.identity import make_account, sign_in
from tests.factories.partners import make_outlet

URL = "/api/v1/outlets"
COMMAND = {
    "name": "示例专馆 · 丽水",
    "kind": "pavilion",
    "region_code": "331100",
    "opened_on": "2026-01-01",
}


@pytest.fixture
def outlet() -> Outlet:
    make_outlet(name="旁观专柜 · 东阳", region_code="330783", kind=OutletKind.COUNTER)
    return make_outlet(opened_on=date(2026, 1, 1))


@pytest.fixture
def operator(client: FlaskClient, outlet: Outlet) -> FlaskClient:
    sign_in(client, make_account(role=Role.OUTLET_OPERATOR, scope=outlet.id))
    return client


class TestListOutlets:
    def test_is_public_and_narrowed_by_region_kind_name_and_day(
        self, client: FlaskClient, outlet: Outlet
    ) -> None:
        for query, count in (
            ("", 2),
            ("?region=331100", 1),
            ("?region=330000", 2),
            ("?kind=counter", 1),
            ("?q=丽水", 1),
            ("?open_on=2025-06-01", 1),
            ("?open_on=2026-06-01", 2),
        ):
            assert len(client.get(f"{URL}{query}").get_json()["items"]) == count, query

    def test_speaks_both_languages(self, client: FlaskClient, outlet: Outlet) -> None:
        for language, name in (("zh", "专馆"), ("en", "pavilion")):
            shown = client.get(f"{URL}/{outlet.id}", headers={"Accept-Language": language})
            assert shown.get_json()["kind_name"] == name


class TestOpenOutlet:
    def test_is_for_the_platform(self, client: FlaskClient) -> None:
        sign_in(client, make_account(role=Role.OUTLET_OPERATOR))
        assert client.post(URL, json=COMMAND).status_code == 403
        sign_in(client, make_account(role=Role.PLATFORM_ADMIN))
        answer = client.post(URL, json=COMMAND)
        assert (answer.status_code, answer.get_json()["region_name"]) == (201, "浙江省丽水市")

    @pytest.mark.parametrize(
        ("change", "field"),
        [
            ({"kind": "shop"}, "kind"),
            ({"region_code": "500100"}, "region_code"),
            ({"opened_on": "2026-13-01"}, "opened_on"),
            ({"name": "馆"}, "name"),
            ({"closed_on": "2026-02-01"}, "closed_on"),
        ],
    )
    def test_bad_input_is_named_by_field(
        self, client: FlaskClient, change: dict[str, Any], field: str
    ) -> None:
        sign_in(client, make_account(role=Role.PLATFORM_ADMIN))
        answer = client.post(URL, json=COMMAND | change)
        assert answer.status_code == 422
        assert list(answer.get_json()["fields"]) == [field]


class TestDescribeOutlet:
    def test_is_for_its_operator_on_the_version_read(
        self, operator: FlaskClient, outlet: Outlet
    ) -> None:
        url = f"{URL}/{outlet.id}"
        etag = operator.get(url).headers["ETag"]
        body = {"name": "示例专馆 · 莲都", "address": "中山街"}
        changed = operator.patch(url, json=body, headers={"If-Match": etag})
        assert changed.get_json()["name"] == "示例专馆 · 莲都"
        assert operator.patch(url, json=body, headers={"If-Match": etag}).status_code == 412
        assert operator.patch(url, json=body).status_code == 428

    def test_another_outlet_is_not_found(self, operator: FlaskClient) -> None:
        other = make_outlet(name="示例专区 · 青田")
        body = {"name": "示例专区 · 缙云", "address": ""}
        answer = operator.patch(f"{URL}/{other.id}", json=body, headers={"If-Match": '"v1"'})
        assert (answer.status_code, answer.get_json()["code"]) == (404, "outlet_unknown")


class TestCloseOutlet:
    def test_keeps_its_last_day(self, operator: FlaskClient, outlet: Outlet) -> None:
        url = f"{URL}/{outlet.id}/close"
        assert operator.post(url, json={"closed_on": "2026-06-30"}).status_code == 200
        assert outlet.is_open(date(2026, 6, 30))
        assert not outlet.is_open(date(2026, 7, 1))
        again = operator.post(url, json={"closed_on": "2026-07-31"})
        assert (again.status_code, again.get_json()["code"]) == (409, "outlet_closed")

    def test_names_a_day_before_its_first(self, operator: FlaskClient, outlet: Outlet) -> None:
        answer = operator.post(f"{URL}/{outlet.id}/close", json={"closed_on": "2025-12-31"})
        assert answer.status_code == 422
        assert "2026-01-01" in answer.get_json()["fields"]["closed_on"][0]
