"""The API of credits: what an office decides, and what it may not."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from marketplace import verify
from marketplace.audit import AuditEntry
from marketplace.database import db
from marketplace.permissions import Role
from partners.credits import invariants
from partners.pairings.models import Relation
from tests.factories.credits import DONGYANG, JINHUA, LISHUI, NANJIANG, make_sale
from tests.factories.identity import make_account, sign_in
from tests.factories.partners import make_buying_unit, make_pairing, office_of

JUNE_2026 = datetime(2026, 6, 30, 4, 0, tzinfo=UTC)
NOTE = {"note": "单价高于市价，待核"}


@pytest.fixture(autouse=True)
def june(travel: Callable[[datetime], None]) -> None:
    travel(JUNE_2026)


@pytest.fixture
def county(client: FlaskClient) -> FlaskClient:
    """The client of an approver of Dongyang's office."""
    sign_in(client, make_account(role=Role.OFFICE_APPROVER, scope=office_of(DONGYANG).id))
    return client


@pytest.fixture(autouse=True)
def sound() -> Any:
    """Whatever was decided, the credits still are what they must be."""
    yield
    found = verify.check(db.session.connection(), invariants.INVARIANTS)
    assert [f.invariant.title for f in found if f.violations] == []


def pairing_outcome(body: dict[str, Any]) -> dict[str, Any]:
    (found,) = [o for o in body["outcomes"] if o["scheme"] == "pairing"]
    return found


class TestHeldSales:
    def test_wait_in_a_list_until_they_are_released(self, county: FlaskClient) -> None:
        make_sale()
        facts = make_sale(flags=("split_purchase",))
        listed = county.get("/api/v1/held-sales").get_json()["items"]
        assert [(s["line_id"], s["flags"]) for s in listed] == [
            (str(facts.line_id), ["split_purchase"])
        ]
        released = county.post(f"/api/v1/credited-sales/{facts.line_id}/release", json=NOTE)
        assert pairing_outcome(released.get_json())["stage"] == "pending"
        assert county.get("/api/v1/held-sales").get_json()["items"] == []
        again = county.post(f"/api/v1/credited-sales/{facts.line_id}/release", json=NOTE)
        assert (again.status_code, again.get_json()["code"]) == (409, "sale_not_held")

    def test_may_be_refused_for_good(self, county: FlaskClient) -> None:
        facts = make_sale(flags=("split_purchase",))
        refused = county.post(f"/api/v1/credited-sales/{facts.line_id}/refuse", json=NOTE)
        assert [o["reason"] for o in refused.get_json()["outcomes"]] == [
            "经对口办核实，不予计入"
        ] * 3
        assert sum(m["amount_fen"] for m in refused.get_json()["movements"]) == 0
        assert county.get("/api/v1/held-sales").get_json()["items"] == []

    def test_leave_a_trace_of_who_decided_and_why(self, county: FlaskClient) -> None:
        facts = make_sale()
        held = county.post(f"/api/v1/credited-sales/{facts.line_id}/hold", json=NOTE)
        assert pairing_outcome(held.get_json())["stage"] == "held"
        entry = db.session.scalars(
            select(AuditEntry).where(AuditEntry.action == "credit.held")
        ).one()
        assert entry.subject_id == str(facts.line_id)
        assert (entry.after or {})["note"] == NOTE["note"]

    def test_of_tied_pairings_are_settled_by_a_choice(self, county: FlaskClient) -> None:
        make_pairing(
            east_code=DONGYANG, west_code=NANJIANG, relation=Relation.COUNTERPART_COOPERATION
        )
        facts = make_sale()
        address = f"/api/v1/credited-sales/{facts.line_id}"
        tied = pairing_outcome(county.get(address).get_json())["tied_pairing_ids"]
        assert len(tied) == 2
        settled = county.post(f"{address}/settle", json={**NOTE, "pairing_id": tied[1]})
        assert pairing_outcome(settled.get_json())["pairing_id"] == tied[1]


class TestReattribute:
    def test_moves_a_sale_to_another_unit(self, county: FlaskClient) -> None:
        facts = make_sale()
        unit = make_buying_unit(name="示例医院 · 金华", kind="hospital", region_code=JINHUA)
        moved = county.post(
            f"/api/v1/credited-sales/{facts.line_id}/reattribute",
            json={**NOTE, "buying_unit_id": str(unit.id)},
        )
        assert [o["reason"] for o in moved.get_json()["outcomes"]] == [
            "计入金华市—巴中市结对任务",
            "计入示例医院 · 金华预留份额",
            "计入南江县供应台账",
        ]

    @pytest.mark.parametrize(
        "body",
        [
            {},
            {"attribution_code": JINHUA, "buying_unit_id": "00000000-0000-7000-8000-000000000000"},
        ],
    )
    def test_needs_one_of_unit_and_region(self, county: FlaskClient, body: dict[str, Any]) -> None:
        facts = make_sale()
        answer = county.post(
            f"/api/v1/credited-sales/{facts.line_id}/reattribute", json={**NOTE, **body}
        )
        assert answer.status_code == 422


class TestWhoMayDecide:
    @pytest.mark.parametrize(("region", "status"), [(LISHUI, 404), (NANJIANG, 404), (JINHUA, 200)])
    def test_the_east_of_the_sale_only(self, client: FlaskClient, region: str, status: int) -> None:
        facts = make_sale()
        sign_in(client, make_account(role=Role.OFFICE_APPROVER, scope=office_of(region).id))
        answer = client.post(f"/api/v1/credited-sales/{facts.line_id}/hold", json=NOTE)
        assert answer.status_code == status

    def test_the_western_county_sees_what_its_ledger_holds(self, client: FlaskClient) -> None:
        facts = make_sale()
        sign_in(client, make_account(role=Role.OFFICE_OFFICER, scope=office_of(NANJIANG).id))
        shown = client.get(f"/api/v1/credited-sales/{facts.line_id}").get_json()
        assert shown["sale"]["product_name"] == "南江黄羊"
        assert [m["amount_fen"] for m in shown["movements"]] == [30_000] * 3


class TestCountingRules:
    def test_are_listed_with_their_papers(self, county: FlaskClient) -> None:
        listed = county.get("/api/v1/counting-rules?on=2020-06-15").get_json()["items"]
        assert [(r["scheme"], r["version"]) for r in listed] == [
            ("catalogue", 1),
            ("pairing", 1),
            ("reserved_share", 1),
        ]
        assert listed[1]["document"].startswith("国办发〔2018〕129号")

    def test_are_added_by_the_platform(self, client: FlaskClient) -> None:
        sign_in(client, make_account(role=Role.PLATFORM_ADMIN))
        rule = {
            "scheme": "pairing",
            "issuer": "示例",
            "document": "示例〔2027〕1号",
            "valid_from": "2027-01-01",
            "confirms_at": "payment",
        }
        added = client.post("/api/v1/counting-rules", json=rule)
        assert (added.status_code, added.get_json()["version"]) == (201, 3)
        overlapping = client.post(
            "/api/v1/counting-rules", json=rule | {"valid_from": "2026-01-01"}
        )
        assert (overlapping.status_code, overlapping.get_json()["code"]) == (409, "rule_overlaps")
        catalogue = rule | {"scheme": "catalogue"}
        assert client.post("/api/v1/counting-rules", json=catalogue).status_code == 201
        backwards = client.post(
            "/api/v1/counting-rules",
            json=rule | {"valid_from": "2028-01-01", "valid_to": "2027-12-31"},
        )
        assert backwards.status_code == 422
