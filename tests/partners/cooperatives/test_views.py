"""The API of cooperatives."""

from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from marketplace.permissions import Role
from tests.factories.identity import make_account, sign_in
from tests.factories.partners import make_cooperative, new_credit_code, office_of

URL = "/api/v1/cooperatives"


def application(**overrides: Any) -> dict[str, Any]:
    return {
        "name": "示例合作社 · 南江",
        "kind": "cooperative",
        "region_code": "511922",
        "credit_code": new_credit_code(),
    } | overrides


@pytest.fixture
def bystanders() -> None:
    """Other people's rows in every state."""
    for state in ("applied", "recommended", "returned", "active", "suspended"):
        make_cooperative(name=f"旁观合作社 · {state}", region_code="511921", state=state)


@pytest.mark.usefixtures("bystanders")
class TestListCooperatives:
    def test_shows_the_admitted_ones_to_anyone_without_their_papers(
        self, client: FlaskClient
    ) -> None:
        items = client.get(URL).get_json()["items"]
        assert [item["name"] for item in items] == ["旁观合作社 · active"]
        assert set(items[0]) == {"id", "name", "kind", "kind_name", "region_code", "region_name", "credit_code", "introduction"}  # fmt: skip

    def test_shows_no_more_to_the_platform(self, client: FlaskClient) -> None:
        sign_in(client, make_account(role=Role.PLATFORM_ADMIN))
        assert len(client.get(URL).get_json()["items"]) == 1

    def test_is_narrowed_by_region_and_name(self, client: FlaskClient) -> None:
        make_cooperative()
        for query, count in (("region=511922", 1), ("region=511900", 2), ("region=331100", 0), ("q=示例", 1), ("q=%25", 0)):  # fmt: skip
            assert len(client.get(f"{URL}?{query}").get_json()["items"]) == count, query

    def test_may_not_be_asked_for_a_state(self, client: FlaskClient) -> None:
        assert client.get(f"{URL}?state=applied").status_code == 422


class TestApplication:
    def test_goes_from_the_applicant_over_county_and_platform_to_the_market(
        self, app: Flask
    ) -> None:
        applicant, officer, admin = (app.test_client() for _ in range(3))
        sign_in(applicant, make_account())
        sign_in(officer, make_account(role=Role.OFFICE_OFFICER, scope=office_of("511922").id))
        sign_in(admin, make_account(role=Role.PLATFORM_ADMIN))
        made = applicant.post(URL, json=application())
        assert made.status_code == 201
        assert made.get_json()["state_name"] == "待县对口办推荐"
        url = f"{URL}/{made.get_json()['id']}"
        assert app.test_client().get(url).status_code == 404
        waiting = officer.get(f"{URL}/applications?state=applied").get_json()["items"]
        assert [item["id"] for item in waiting] == [made.get_json()["id"]]
        assert officer.post(f"{url}/recommend", json={"note": "情况属实"}).status_code == 200
        assert admin.post(f"{url}/approve").get_json()["state"] == "active"
        assert app.test_client().get(url).get_json()["name"] == "示例合作社 · 南江"
        mine = applicant.get(f"{URL}/mine").get_json()["items"]
        assert [item["state"] for item in mine] == ["active"]
        etag = applicant.get(f"{url}/application").headers["ETag"]
        changed = applicant.patch(
            url, json={"introduction": "高山茶园"}, headers={"If-Match": etag}
        )
        assert changed.get_json()["introduction"] == "高山茶园"
        stale = applicant.patch(url, json={"introduction": "x"}, headers={"If-Match": etag})
        assert stale.status_code == 412

    @pytest.mark.parametrize(
        ("change", "field"),
        [
            ({"credit_code": "93511922MA000000X1"}, "credit_code"),
            ({"credit_code": None}, "credit_code"),
            ({"kind": "bank"}, "kind"),
            ({"name": "社"}, "name"),
            ({"name": "长" * 61}, "name"),
            ({"name": "示例\u202e合作社"}, "name"),
            ({"region_code": "511900"}, "region_code"),
            ({"region_code": 511922}, "region_code"),
            ({"introduction": "长" * 1001}, "introduction"),
            ({"state": "active"}, "state"),
            ({"approved_by": "me"}, "approved_by"),
        ],
    )
    def test_bad_input_is_named_by_field_and_writes_nothing(
        self, client: FlaskClient, change: dict[str, Any], field: str
    ) -> None:
        sign_in(client, make_account())
        answer = client.post(URL, json=application(**change))
        assert answer.status_code == 422
        assert list(answer.get_json()["fields"]) == [field]
        assert client.get(f"{URL}/mine").get_json()["items"] == []

    def test_forgives_small_letters_and_spaces_in_a_credit_code(self, client: FlaskClient) -> None:
        sign_in(client, make_account())
        code = new_credit_code()
        typed = f" {code[:9].lower()} {code[9:]} "
        answer = client.post(URL, json=application(credit_code=typed))
        assert answer.get_json()["credit_code"] == code

    def test_says_in_both_languages_what_is_wrong(self, client: FlaskClient) -> None:
        sign_in(client, make_account())
        for language, words in (("zh", "校验码"), ("en", "check")):
            answer = client.post(URL, json=application(credit_code="1"), headers={"Accept-Language": language})  # fmt: skip
            assert words in answer.get_json()["fields"]["credit_code"][0]

    def test_a_step_out_of_turn_says_where_it_stands(self, client: FlaskClient) -> None:
        sign_in(client, make_account(role=Role.PLATFORM_ADMIN))
        answer = client.post(f"{URL}/{make_cooperative(state='applied').id}/approve")
        assert answer.status_code == 409
        assert answer.get_json()["code"] == "cooperative_not_in_state"
        assert answer.get_json()["state"] == "applied"
        assert "待县对口办推荐" in answer.get_json()["detail"]


@pytest.mark.usefixtures("bystanders")
class TestListCooperativeApplications:
    def test_an_office_sees_its_region_only(self, client: FlaskClient) -> None:
        make_cooperative(state="applied")
        sign_in(client, make_account(role=Role.OFFICE_OFFICER, scope=office_of("511922").id))
        items = client.get(f"{URL}/applications").get_json()["items"]
        assert {item["region_code"] for item in items} == {"511922"}

    def test_a_citys_office_sees_all_its_counties(self, client: FlaskClient) -> None:
        make_cooperative(state="applied")
        sign_in(client, make_account(role=Role.OFFICE_OFFICER, scope=office_of("511900").id))
        assert len(client.get(f"{URL}/applications").get_json()["items"]) == 6

    def test_the_platform_finds_whose_verification_is_due(self, client: FlaskClient) -> None:
        make_cooperative(verify_again_on="2026-03-01", name="示例合作社 · 到期")
        sign_in(client, make_account(role=Role.PLATFORM_ADMIN))
        for day, names in (("2026-02-28", []), ("2026-03-01", ["示例合作社 · 到期"])):
            items = client.get(f"{URL}/applications?verification_due_on={day}").get_json()["items"]
            assert [item["name"] for item in items] == names
