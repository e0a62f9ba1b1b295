"""The API of buying units."""

from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from marketplace.permissions import Role
from partners.buying_units.models import BuyingUnit
from tests.factories.identity import make_account, sign_in
from tests.factories.partners import make_buying_unit, new_credit_code, office_of

URL = "/api/v1/buying-units"


def registration(**overrides: Any) -> dict[str, Any]:
    return {
        "name": "示例小学 · 缙云",
        "kind": "school",
        "region_code": "331122",
        "credit_code": new_credit_code(),
        "is_budget_unit": True,
    } | overrides


@pytest.fixture
def unit() -> BuyingUnit:
    make_buying_unit(name="旁观小学 · 青田", region_code="331121")
    return make_buying_unit()


@pytest.fixture
def clerk(client: FlaskClient, unit: BuyingUnit) -> FlaskClient:
    sign_in(client, make_account(role=Role.BUYING_UNIT_CLERK, scope=unit.id))
    return client


class TestRegistration:
    def test_goes_from_the_applicant_over_the_office_to_the_filing(self, app: Flask) -> None:
        applicant, office = app.test_client(), app.test_client()
        sign_in(applicant, make_account())
        approver = make_account(role=Role.OFFICE_APPROVER, scope=office_of("331122").id)
        sign_in(office, approver)
        made = applicant.post(URL, json=registration())
        assert made.status_code == 201
        url = f"{URL}/{made.get_json()['id']}"
        waiting = office.get(f"{URL}?state=applied").get_json()["items"]
        assert [item["state_name"] for item in waiting] == ["待审核"]
        assert office.post(f"{url}/approve").get_json()["state"] == "active"
        assert applicant.get(f"{URL}/mine").get_json()["items"][0]["state"] == "active"
        etag = applicant.get(url).headers["ETag"]
        canteen = applicant.put(
            f"{url}/canteen", json={"canteen": "own"}, headers={"If-Match": etag}
        )
        assert canteen.get_json()["canteen"] == "own"
        body = {"year": 2026, "canteen_purchasing_fen": 50_000_000, "share_basis_points": 1000}
        filed = applicant.post(f"{url}/filings", json=body)
        assert (filed.status_code, filed.get_json()["reserved_fen"]) == (201, 5_000_000)
        assert len(office.get(f"{url}/filings").get_json()["items"]) == 1

    @pytest.mark.parametrize(
        ("change", "field"),
        [
            ({"credit_code": "x"}, "credit_code"),
            ({"credit_code": None}, "credit_code"),
            ({"parent_credit_code": "12345678"}, "parent_credit_code"),
            ({"parent_credit_code": "91350100M000100Y43"}, "parent_credit_code"),
            ({"kind": "zoo"}, "kind"),
            ({"region_code": "000000"}, "region_code"),
            ({"is_budget_unit": "perhaps"}, "is_budget_unit"),
            ({"name": ""}, "name"),
            ({"approved_at": "2026-01-01"}, "approved_at"),
        ],
    )
    def test_bad_input_is_named_by_field_and_writes_nothing(
        self, client: FlaskClient, change: dict[str, Any], field: str
    ) -> None:
        sign_in(client, make_account())
        answer = client.post(URL, json=registration(**change))
        assert answer.status_code == 422
        assert list(answer.get_json()["fields"]) == [field]
        assert client.get(f"{URL}/mine").get_json()["items"] == []

    def test_of_a_known_code_is_a_conflict(self, client: FlaskClient, unit: BuyingUnit) -> None:
        sign_in(client, make_account())
        answer = client.post(URL, json=registration(credit_code=unit.credit_code))
        assert (answer.status_code, answer.get_json()["code"]) == (409, "buying_unit_registered")


class TestListBuyingUnits:
    def test_shows_a_clerk_his_own(self, clerk: FlaskClient, unit: BuyingUnit) -> None:
        items = clerk.get(URL).get_json()["items"]
        assert [item["id"] for item in items] == [str(unit.id)]

    def test_shows_an_office_those_of_its_region_by_name(
        self, client: FlaskClient, unit: BuyingUnit
    ) -> None:
        sign_in(client, make_account(role=Role.OFFICE_OFFICER, scope=office_of("331100").id))
        for query, count in (("", 2), ("?region=331122", 1), ("?q=旁观", 1), ("?q=_", 0), ("?state=closed", 0)):  # fmt: skip
            assert len(client.get(f"{URL}{query}").get_json()["items"]) == count, query

    def test_is_not_for_shoppers(self, client: FlaskClient) -> None:
        sign_in(client, make_account())
        assert client.get(URL).status_code == 403


class TestFilings:
    @pytest.mark.parametrize(
        ("change", "field"),
        [
            ({"year": 2019}, "year"),
            ({"year": 2**63}, "year"),
            ({"canteen_purchasing_fen": -1}, "canteen_purchasing_fen"),
            ({"canteen_purchasing_fen": 1.5}, "canteen_purchasing_fen"),
            ({"canteen_purchasing_fen": "100"}, "canteen_purchasing_fen"),
            ({"canteen_purchasing_fen": 10**14}, "canteen_purchasing_fen"),
            ({"share_basis_points": 10_001}, "share_basis_points"),
            ({"union_purchasing_fen": True}, "union_purchasing_fen"),
            ({"reserved_fen": 1}, "reserved_fen"),
        ],
    )
    def test_bad_input_is_named_by_field(
        self, clerk: FlaskClient, unit: BuyingUnit, change: dict[str, Any], field: str
    ) -> None:
        body = {"year": 2026, "canteen_purchasing_fen": 1, "share_basis_points": 1000} | change
        answer = clerk.post(f"{URL}/{unit.id}/filings", json=body)
        assert answer.status_code == 422
        assert list(answer.get_json()["fields"]) == [field]
        assert clerk.get(f"{URL}/{unit.id}/filings").get_json()["items"] == []

    def test_lists_the_newest_first_in_pages(self, clerk: FlaskClient, unit: BuyingUnit) -> None:
        url = f"{URL}/{unit.id}/filings"
        for year, share in ((2025, 1000), (2026, 1000), (2026, 1500)):
            body = {"year": year, "canteen_purchasing_fen": 1, "share_basis_points": share}
            assert clerk.post(url, json=body).status_code == 201
        first = clerk.get(f"{url}?limit=2").get_json()
        rest = clerk.get(f"{url}?limit=2&after={first['next']}").get_json()
        seen = [(item["year"], item["revision"]) for item in first["items"] + rest["items"]]
        assert seen == [(2026, 2), (2026, 1), (2025, 1)]

    def test_of_another_unit_are_not_found(self, clerk: FlaskClient) -> None:
        other = make_buying_unit(name="示例医院 · 缙云", kind="hospital")
        assert clerk.get(f"{URL}/{other.id}/filings").status_code == 404
