"""Auditors read who did what, page by page; nobody else does."""

import pytest
from flask.testing import FlaskClient

from marketplace import audit
from marketplace.identity.actor import SYSTEM
from marketplace.permissions import Role
from tests.factories.identity import make_account, sign_in

TRAIL = "/api/v1/audit-entries"


@pytest.fixture
def auditor(client: FlaskClient) -> FlaskClient:
    sign_in(client, make_account(role=Role.AUDITOR))
    return client


def deeds(count: int) -> None:
    for number in range(count):
        audit.record("test.done", "thing", str(number % 2), actor=SYSTEM, after={"n": number})


class TestListAuditEntries:
    def test_shows_the_newest_first_page_by_page(self, auditor: FlaskClient) -> None:
        deeds(5)
        seen: list[int] = []
        after = ""
        while True:
            page = auditor.get(f"{TRAIL}?action=test.done&limit=2{after}").json
            seen += [entry["after"]["n"] for entry in page["items"]]
            if page["next"] is None:
                break
            after = f"&after={page['next']}"
        assert seen == [4, 3, 2, 1, 0]

    def test_narrows_to_one_thing(self, auditor: FlaskClient) -> None:
        deeds(5)
        answer = auditor.get(f"{TRAIL}?subject_kind=thing&subject_id=1").json
        assert [entry["after"]["n"] for entry in answer["items"]] == [3, 1]

    @pytest.mark.parametrize(
        ("query", "field"),
        [("subject_id=1", "subject_kind"), ("since=yesterday", "since"), ("kind=x", "kind"),
         ("account_id=1", "account_id"), ("since=2026-01-01T00:00:00", "since")],
    )  # fmt: skip
    def test_names_the_parameter_at_fault(
        self, auditor: FlaskClient, query: str, field: str
    ) -> None:
        answer = auditor.get(f"{TRAIL}?{query}")
        assert answer.status_code == 422
        assert list(answer.json["fields"]) == [field]

    def test_is_not_for_a_shopper(self, client: FlaskClient) -> None:
        sign_in(client, make_account())
        assert client.get(TRAIL).status_code == 403
