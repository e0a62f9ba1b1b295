"""The API of pairings."""

from datetime import date
from typing import Any

import pytest
from flask.testing import FlaskClient

from marketplace.permissions import Role
from tests.factories.identity import make_account, sign_in
from tests.factories.partners import make_pairing

URL = "/api/v1/pairings"
COMMAND = {
    "east_code": "331121",
    "west_code": "652925",
    "relation": "counterpart_support",
    "valid_from": "2026-01-01",
    "document": "浙对口办〔2026〕1号",
    "evidence": "文件",
}


@pytest.fixture
def admin(client: FlaskClient) -> FlaskClient:
    sign_in(client, make_account(role=Role.PLATFORM_ADMIN))
    return client


class TestListPairings:
    def test_shows_evidence_and_what_is_assumed(self, client: FlaskClient) -> None:
        items = client.get(f"{URL}?on=2020-06-01&east=331122").get_json()["items"]
        assert [(item["east_name"], item["west_name"]) for item in items] == [
            ("浙江省丽水市缙云县", "四川省巴中市南江县")
        ]
        assert items[0]["is_assumed"] is True
        assert "start year assumed" in items[0]["evidence"]
        assert items[0]["relation_name"] == "东西部协作"

    def test_a_city_lists_its_counties_pairings_too(self, client: FlaskClient) -> None:
        items = client.get(f"{URL}?on=2020-06-01&east=331100&west=511900").get_json()["items"]
        assert len(items) == 4

    def test_pages_through_all_of_them(self, client: FlaskClient) -> None:
        seen: list[str] = []
        after = ""
        while True:
            page = client.get(f"{URL}?limit=5{after}").get_json()
            seen += [item["id"] for item in page["items"]]
            if page["next"] is None:
                break
            after = f"&after={page['next']}"
        assert len(seen) == len(set(seen)) == 14

    def test_speaks_english_when_asked(self, client: FlaskClient) -> None:
        answer = client.get(URL, headers={"Accept-Language": "en"}).get_json()
        assert answer["items"][0]["relation_name"] == "east–west cooperation"

    @pytest.mark.parametrize(
        ("query", "field"),
        [
            ("on=2020-02-30", "on"),
            ("east=33112", "east"),
            ("relation=love", "relation"),
            ("to=1", "to"),
        ],
    )
    def test_bad_input_is_named_by_field(self, client: FlaskClient, query: str, field: str) -> None:
        answer = client.get(f"{URL}?{query}")
        assert answer.status_code == 422
        assert list(answer.get_json()["fields"]) == [field]


class TestAddPairing:
    def test_adds_it(self, admin: FlaskClient) -> None:
        answer = admin.post(URL, json=COMMAND)
        assert answer.status_code == 201
        shown = admin.get(f"{URL}/{answer.get_json()['id']}")
        assert shown.get_json()["east_name"] == "浙江省丽水市青田县"
        assert shown.headers["ETag"] == '"v1"'

    def test_the_same_key_adds_it_once(self, admin: FlaskClient) -> None:
        first, again = (
            admin.post(URL, json=COMMAND, headers={"Idempotency-Key": "k"}) for _ in range(2)
        )
        assert first.status_code == 201, first.get_json()
        assert again.status_code == 201, again.get_json()
        assert first.get_json()["id"] == again.get_json()["id"]

    def test_an_overlap_is_a_conflict_that_names_the_field(self, admin: FlaskClient) -> None:
        make_pairing()
        answer = admin.post(URL, json=COMMAND)
        assert answer.status_code == 409
        assert answer.get_json()["code"] == "pairing_overlaps"
        assert list(answer.get_json()["fields"]) == ["valid_from"]

    @pytest.mark.parametrize(
        ("change", "field"),
        [
            ({"east_code": "999999"}, "east_code"),
            ({"west_code": "zzz"}, "west_code"),
            ({"relation": "friendship"}, "relation"),
            ({"valid_from": "yesterday"}, "valid_from"),
            ({"valid_to": "2025-01-01"}, "valid_to"),
            ({"document": ""}, "document"),
            ({"evidence": "a\x00b"}, "evidence"),
            ({"total": 1}, "total"),
        ],
    )
    def test_bad_input_is_named_by_field(
        self, admin: FlaskClient, change: dict[str, Any], field: str
    ) -> None:
        answer = admin.post(URL, json=COMMAND | change)
        assert answer.status_code == 422
        assert list(answer.get_json()["fields"]) == [field]

    def test_is_for_the_platform_only(self, client: FlaskClient) -> None:
        assert client.post(URL, json=COMMAND).status_code == 401
        sign_in(client, make_account(role=Role.OFFICE_APPROVER))
        assert client.post(URL, json=COMMAND).status_code == 403


class TestEndPairing:
    END = {"valid_to": "2026-12-31", "document": "终止文件"}  # noqa: RUF012

    def test_ends_the_version_that_was_read(self, admin: FlaskClient) -> None:
        url = f"{URL}/{make_pairing().id}/end"
        answer = admin.post(url, json=self.END, headers={"If-Match": '"v1"'})
        assert answer.status_code == 200
        assert (answer.get_json()["valid_to"], answer.get_json()["version"]) == ("2026-12-31", 2)
        again = admin.post(url, json=self.END, headers={"If-Match": '"v1"'})
        assert again.status_code == 412

    def test_needs_to_know_the_version(self, admin: FlaskClient) -> None:
        assert admin.post(f"{URL}/{make_pairing().id}/end", json=self.END).status_code == 428

    def test_names_an_end_before_the_start(self, admin: FlaskClient) -> None:
        added = make_pairing(valid_from=date(2026, 5, 1))
        answer = admin.post(
            f"{URL}/{added.id}/end",
            json=self.END | {"valid_to": "2026-04-30"},
            headers={"If-Match": '"v1"', "Accept-Language": "en"},
        )
        assert answer.status_code == 422
        assert "2026-05-01" in answer.get_json()["fields"]["valid_to"][0]

    def test_an_unknown_pairing_is_not_found(self, admin: FlaskClient) -> None:
        url = f"{URL}/00000000-0000-7000-8000-000000000000"
        assert admin.get(url).get_json()["code"] == "pairing_unknown"
        assert (
            admin.post(f"{url}/end", json=self.END, headers={"If-Match": '"v1"'}).status_code == 404
        )
