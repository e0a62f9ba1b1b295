"""Deciding anew for whom a sale counts."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

import pytest
from sqlalchemy import select

from marketplace import verify
from marketplace.database import db
from marketplace.ids import new_id
from partners.credits import attributions, invariants, service
from partners.credits.errors import NoTieToSettle, PairingNotAmongTied
from partners.credits.facts import SaleFacts
from partners.credits.models import Decision
from partners.credits.queries import list_outcomes
from partners.credits.rows import Attribution
from partners.credits.rules import Outcome, Scheme, Stage, Standing
from partners.pairings.models import Relation
from tests.factories.credits import (
    COOPERATIVE,
    DONGYANG,
    JINHUA,
    NANJIANG,
    make_sale,
    outcome_of,
)
from tests.factories.partners import make_pairing
from tests.factories.quotas import pairing_of

JUNE_2026 = datetime(2026, 6, 15, 2, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def june(travel: Callable[[datetime], None]) -> None:
    travel(JUNE_2026)


def now(facts: SaleFacts, scheme: Scheme = Scheme.PAIRING) -> Outcome:
    return outcome_of(list_outcomes([facts.line_id]), scheme)


def reattribute(facts: SaleFacts, code: str, **more: Any) -> None:
    cause = more.pop("cause_id", None) or new_id()
    attributions.reattribute_sale(
        cooperative_id=COOPERATIVE,
        line_id=facts.line_id,
        attribution=Attribution(attribution_code=code, **more),
        cause_id=cause,
    )


def broken() -> list[str]:
    found = verify.check(db.session.connection(), invariants.INVARIANTS)
    return [f.invariant.title for f in found if f.violations]


class TestReattributeSale:
    def test_closes_the_decision_and_opens_another(self) -> None:
        facts = make_sale()
        reattribute(facts, JINHUA)
        outcome = now(facts)
        assert outcome.reason.zh == "计入金华市—巴中市结对任务"
        assert (outcome.net_fen, outcome.region_code) == (30_000, JINHUA)
        closed = db.session.scalars(
            select(Decision).where(
                Decision.sale_id == facts.line_id,
                Decision.scheme == Scheme.PAIRING,
                Decision.closed_on.is_not(None),
            )
        ).all()
        assert [(d.region_code, d.closed_on) for d in closed] == [(DONGYANG, date(2026, 6, 15))]
        assert broken() == []

    def test_keeps_what_was_confirmed_and_returned(self) -> None:
        facts = make_sale()
        names = {"cooperative_id": COOPERATIVE, "line_id": facts.line_id}
        service.reverse_sale(**names, cause_id=new_id(), returned_fen_total=10_000)
        service.confirm_sales(
            cooperative_id=COOPERATIVE, line_ids=[facts.line_id], cause_id=new_id()
        )
        reattribute(facts, JINHUA)
        assert (now(facts).net_fen, now(facts).stage) == (20_000, Stage.CONFIRMED)
        service.reverse_sale(**names, cause_id=new_id(), returned_fen_total=30_000)
        assert now(facts).net_fen == 0
        assert broken() == []

    def test_can_make_a_sale_count_or_stop_counting(self) -> None:
        facts = make_sale(attribution_code=None)
        assert not now(facts).counts
        reattribute(facts, DONGYANG)
        assert now(facts).net_fen == 30_000
        reattribute(facts, "331122")
        assert not now(facts).counts
        assert broken() == []

    def test_leaves_schemes_alone_that_it_does_not_concern(self) -> None:
        facts = make_sale()
        before = now(facts, Scheme.CATALOGUE)
        reattribute(
            facts,
            JINHUA,
            buying_unit_id=facts.buying_unit_id,
            buying_unit_name=facts.buying_unit_name,
            buying_unit_kind=facts.buying_unit_kind,
            buying_unit_is_budget=facts.buying_unit_is_budget,
        )
        assert now(facts, Scheme.CATALOGUE).net_fen == before.net_fen
        assert now(facts, Scheme.RESERVED_SHARE).region_code == JINHUA

    def test_a_repeat_changes_nothing(self) -> None:
        facts, cause = make_sale(), new_id()
        for _ in range(3):
            reattribute(facts, JINHUA, cause_id=cause)
        decisions = db.session.scalars(select(Decision).where(Decision.sale_id == facts.line_id))
        assert len(decisions.all()) == 6
        assert broken() == []


class TestSettleTie:
    @pytest.fixture
    def tied(self) -> SaleFacts:
        """A sale for which a second relation between Dongyang and Nanjiang counts as well."""
        make_pairing(
            east_code=DONGYANG, west_code=NANJIANG, relation=Relation.COUNTERPART_COOPERATION
        )
        return make_sale()

    def settle(self, facts: SaleFacts, pairing_id: Any) -> None:
        attributions.settle_tie(
            cooperative_id=COOPERATIVE,
            line_id=facts.line_id,
            pairing_id=pairing_id,
            cause_id=new_id(),
        )

    def test_counts_for_the_pairing_that_was_chosen(self, tied: SaleFacts) -> None:
        held = now(tied)
        assert (held.standing, held.stage, held.net_fen) == (Standing.HELD, Stage.HELD, 30_000)
        service.confirm_sales(
            cooperative_id=COOPERATIVE, line_ids=[tied.line_id], cause_id=new_id()
        )
        assert now(tied).stage is Stage.HELD
        self.settle(tied, held.tied_pairing_ids[0])
        settled = now(tied)
        assert (settled.stage, settled.net_fen) == (Stage.CONFIRMED, 30_000)
        assert settled.pairing_id == held.tied_pairing_ids[0]
        assert broken() == []

    def test_is_not_let_go_by_a_release(self, tied: SaleFacts) -> None:
        service.release_sale(cooperative_id=COOPERATIVE, line_id=tied.line_id, cause_id=new_id())
        assert now(tied).stage is Stage.HELD

    def test_refuses_a_pairing_that_does_not_tie(self, tied: SaleFacts) -> None:
        with pytest.raises(PairingNotAmongTied):
            self.settle(tied, pairing_of(JINHUA, "511900"))

    def test_refuses_a_sale_without_a_tie(self) -> None:
        with pytest.raises(NoTieToSettle):
            self.settle(make_sale(), pairing_of(DONGYANG, NANJIANG))
