"""A recount after a rule was corrected, or a pairing was entered late."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

import pytest
from flask.testing import FlaskClient

from marketplace import verify
from marketplace.database import db
from marketplace.permissions import Role
from partners.credits import invariants, reviews, rulebook
from partners.credits.facts import SaleFacts
from partners.credits.queries import list_outcomes
from partners.credits.rules import Moment, Outcome, Scheme
from partners.recounts import queries, service
from partners.recounts.errors import (
    RecountByOnePerson,
    RecountNotProposed,
    RecountRangeBackwards,
)
from partners.recounts.models import Recount, RecountState
from tests.factories.credits import DONGYANG, NANJIANG, make_sale, outcome_of, private_sale
from tests.factories.identity import make_account, make_actor, sign_in
from tests.factories.partners import PLATFORM_ADMIN, make_pairing, office_of

JUNE_2026 = datetime(2026, 6, 15, 2, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def june(travel: Callable[[datetime], None]) -> None:
    travel(JUNE_2026)


@pytest.fixture(autouse=True)
def sound() -> Any:
    """Whatever was recounted, the credits still are what they must be."""
    yield
    found = verify.check(db.session.connection(), invariants.INVARIANTS)
    assert [f.invariant.title for f in found if f.violations] == []


def forbid_private_buyers(since: date) -> None:
    rulebook.add_rule_version(
        PLATFORM_ADMIN,
        scheme=Scheme.PAIRING,
        issuer="示例",
        document="示例〔2026〕9号",
        valid_from=since,
        valid_to=None,
        confirms_at=Moment.COMPLETION,
        counts_freight=False,
        waived_relations=[],
        waived_origins=[],
        private_buyer_kind=None,
        budget_unit_kinds=[],
        note="",
    )


def now(facts: SaleFacts) -> Outcome:
    return outcome_of(list_outcomes([facts.line_id]))


def private() -> SaleFacts:
    facts = private_sale(DONGYANG)
    return make_sale(**{name: getattr(facts, name) for name in facts.__slots__})


def propose(first_on: date = date(2026, 6, 1), last_on: date = date(2026, 6, 30)) -> Recount:
    return service.propose_recount(
        make_actor(Role.PLATFORM_ADMIN),
        scheme=Scheme.PAIRING,
        first_on=first_on,
        last_on=last_on,
        document="示例〔2026〕10号",
        note="口径更正",
    )


class TestListDifferences:
    def test_shows_what_would_change_and_changes_nothing(self) -> None:
        unit, shopper = make_sale(), private()
        forbid_private_buyers(date(2026, 6, 10))
        page = queries.list_differences(propose(), limit=10, after=None)
        assert [(d.sale.id, d.before.net_fen, d.after.reason.zh) for d in page.items] == [
            (shopper.line_id, 30_000, "按现行口径，个人购买不计入结对任务")
        ]
        assert (now(unit).net_fen, now(shopper).net_fen) == (30_000, 30_000)

    def test_goes_by_pages_of_sales(self) -> None:
        sales = [private() for _ in range(5)]
        forbid_private_buyers(date(2026, 6, 10))
        recount, after, found = propose(), None, []
        for _ in range(3):
            page = queries.list_differences(recount, limit=2, after=after)
            found += [d.sale.id for d in page.items]
            after = page.next
        assert (found, after) == ([s.line_id for s in sales], None)

    def test_leaves_alone_what_lies_outside_the_range(self) -> None:
        private()
        forbid_private_buyers(date(2026, 6, 10))
        recount = propose(last_on=date(2026, 6, 14))
        assert queries.list_differences(recount, limit=10, after=None).items == []


class TestApproveRecount:
    def test_posts_the_differences_today(self, run_jobs: Callable[[], int]) -> None:
        unit, shopper = make_sale(), private()
        forbid_private_buyers(date(2026, 6, 10))
        recount = propose()
        service.approve_recount(make_actor(Role.PLATFORM_ADMIN), recount.id)
        run_jobs()
        recount = queries.get_recount(recount.id)
        assert (recount.state, recount.changed_count) == (RecountState.POSTED, 1)
        assert (now(unit).net_fen, now(shopper).net_fen) == (30_000, 0)
        assert now(shopper).reason.zh == "按现行口径，个人购买不计入结对任务"

    def test_gathers_sales_under_a_pairing_that_was_entered_late(
        self, run_jobs: Callable[[], int]
    ) -> None:
        early = make_sale(attribution_code="331121", origin_code="652925")
        make_pairing()
        recount = propose()
        service.approve_recount(make_actor(Role.PLATFORM_ADMIN), recount.id)
        run_jobs()
        assert now(early).reason.zh == "计入青田县—新和县结对任务"

    def test_does_not_undo_what_an_office_decided(self, run_jobs: Callable[[], int]) -> None:
        facts = make_sale(flags=("split_purchase",))
        approver = make_actor(Role.OFFICE_APPROVER, office_of(DONGYANG).id)
        reviews.refuse_sale(approver, facts.line_id, note="拆单")
        recount = propose()
        service.approve_recount(make_actor(Role.PLATFORM_ADMIN), recount.id)
        run_jobs()
        assert now(facts).reason.zh == "经对口办核实，不予计入"

    def test_takes_two_people(self) -> None:
        proposer = make_actor(Role.PLATFORM_ADMIN)
        recount = service.propose_recount(
            proposer,
            scheme=Scheme.PAIRING,
            first_on=date(2026, 6, 1),
            last_on=date(2026, 6, 1),
            document="示例",
            note="示例",
        )
        with pytest.raises(RecountByOnePerson):
            service.approve_recount(proposer, recount.id)

    def test_happens_once(self) -> None:
        recount, other = propose(), make_actor(Role.PLATFORM_ADMIN)
        service.approve_recount(other, recount.id)
        for deed in (service.approve_recount, service.withdraw_recount):
            with pytest.raises(RecountNotProposed):
                deed(other, recount.id)


class TestProposeRecount:
    def test_refuses_a_range_that_runs_backwards(self) -> None:
        with pytest.raises(RecountRangeBackwards):
            propose(date(2026, 6, 2), date(2026, 6, 1))


class TestTheApi:
    def test_leads_through_a_whole_recount(
        self, client: FlaskClient, run_jobs: Callable[[], int]
    ) -> None:
        make_pairing(east_code="331124", west_code=NANJIANG)
        private()
        forbid_private_buyers(date(2026, 6, 10))
        proposer, approver = (make_account(role=Role.PLATFORM_ADMIN) for _ in range(2))
        sign_in(client, proposer)
        command = {
            "scheme": "pairing",
            "first_on": "2026-06-01",
            "last_on": "2026-06-30",
            "document": "示例〔2026〕10号",
            "note": "口径更正",
        }
        proposed = client.post("/api/v1/recounts", json=command).get_json()
        address = f"/api/v1/recounts/{proposed['id']}"
        (difference,) = client.get(f"{address}/differences").get_json()["items"]
        assert difference["before"]["net_fen"] == 30_000
        assert client.post(f"{address}/approve").status_code == 403
        sign_in(client, approver)
        assert client.post(f"{address}/approve").get_json()["state"] == "approved"
        run_jobs()
        shown = client.get(address).get_json()
        assert (shown["state_label"], shown["changed_count"]) == ("已入账", 1)
        assert client.get("/api/v1/recounts").get_json()["items"] == [shown]
        assert client.post(f"{address}/withdraw").status_code == 409
