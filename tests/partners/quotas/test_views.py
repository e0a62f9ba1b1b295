"""The API of quotas and reports, as an office's programs call it."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from flask.testing import FlaskClient

from marketplace.permissions import Role
from tests.factories.credits import DONGYANG, JINHUA, NANJIANG, make_sale
from tests.factories.identity import make_account, sign_in
from tests.factories.partners import office_of
from tests.factories.quotas import pairing_of

JUNE_2026 = datetime(2026, 6, 30, 4, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def june(travel: Callable[[datetime], None]) -> None:
    travel(JUNE_2026)


@pytest.fixture
def city(client: FlaskClient) -> FlaskClient:
    """The client of an approver of Jinhua's office."""
    sign_in(client, make_account(role=Role.OFFICE_APPROVER, scope=office_of(JINHUA).id))
    return client


def command(**overrides: Any) -> dict[str, Any]:
    return {
        "region_code": DONGYANG,
        "year": 2026,
        "pairing_id": str(pairing_of(DONGYANG, NANJIANG)),
        "amount_fen": 60_000,
        "document": "对口办〔2026〕1号",
    } | overrides


class TestQuotas:
    def test_are_set_revised_and_listed(self, city: FlaskClient) -> None:
        made = city.post("/api/v1/quotas", json=command())
        assert made.status_code == 201, made.text
        body = made.get_json()
        assert body["region_name"] == "浙江省金华市东阳市"
        revised = city.post(
            f"/api/v1/quotas/{body['id']}/revisions",
            json={"amount_fen": 90_000, "document": "对口办〔2026〕2号"},
        )
        assert [r["amount_fen"] for r in revised.get_json()["revisions"]] == [60_000, 90_000]
        listed = city.get("/api/v1/quotas?year=2026&scheme=pairing").get_json()
        assert [q["id"] for q in listed["items"]] == [body["id"]]
        assert city.get(f"/api/v1/quotas/{body['id']}").get_json() == revised.get_json()

    def test_a_repeat_with_the_same_key_sets_one(self, city: FlaskClient) -> None:
        headers = {"Idempotency-Key": "quota-1"}
        answers = [city.post("/api/v1/quotas", json=command(), headers=headers) for _ in range(2)]
        assert answers[0].get_json() == answers[1].get_json()

    @pytest.mark.parametrize(
        ("overrides", "field"),
        [
            ({"amount_fen": -1}, "amount_fen"),
            ({"amount_fen": 1.5}, "amount_fen"),
            ({"amount_fen": "100"}, "amount_fen"),
            ({"year": 1900}, "year"),
            ({"region_code": "33"}, "region_code"),
            ({"document": " "}, "document"),
            ({"done_fen": 1}, "done_fen"),
        ],
    )
    def test_bad_input_names_the_field(
        self, city: FlaskClient, overrides: dict[str, Any], field: str
    ) -> None:
        answer = city.post("/api/v1/quotas", json=command(**overrides))
        assert answer.status_code == 422
        assert field in str(answer.get_json())
        assert city.get("/api/v1/quotas").get_json()["items"] == []


class TestQuotaReports:
    def test_are_listed_shown_and_opened_into_lines(self, city: FlaskClient) -> None:
        city.post("/api/v1/quotas", json=command())
        make_sale()
        (mine,) = city.get("/api/v1/quota-reports").get_json()["items"]
        assert (mine["region_code"], mine["total"]["target_fen"]) == (JINHUA, 60_000)
        shown = city.get(f"/api/v1/quota-reports/{JINHUA}?year=2026").get_json()
        assert shown["total"]["pending"] == {
            "direct_purchase_fen": 30_000,
            "assisted_sale_fen": 0,
            "total_fen": 30_000,
        }
        assert shown["total"]["pace_label"] == "慢于时间进度"
        assert [p["east_name"] for p in shown["pairings"]] == ["金华市", "东阳市"]
        lines = city.get(f"/api/v1/quota-reports/{DONGYANG}/lines?stage=pending").get_json()
        assert [(i["amount_fen"], i["origin_name"]) for i in lines["items"]] == [
            (30_000, "四川省巴中市南江县")
        ]
        months = city.get(f"/api/v1/quota-reports/{DONGYANG}/months").get_json()
        assert [m["month"] for m in months["items"]] == ["2026-06-01"]

    def test_speak_english_when_asked(self, city: FlaskClient) -> None:
        make_sale()
        lines = city.get(
            f"/api/v1/quota-reports/{DONGYANG}/lines", headers={"Accept-Language": "en"}
        ).get_json()
        assert lines["items"][0]["reason"].startswith("Counts for the ")

    @pytest.mark.parametrize("query", ["year=1", "scheme=all", "stage=done", "after=zzz", "x=1"])
    def test_refuse_a_query_they_do_not_know(self, city: FlaskClient, query: str) -> None:
        assert city.get(f"/api/v1/quota-reports/{DONGYANG}/lines?{query}").status_code == 422
