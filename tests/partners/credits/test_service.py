"""Crediting sales: told in June 2020, today, and across a year end."""

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, event, func, select

from marketplace.database import db
from marketplace.ids import new_id
from partners.credits import service
from partners.credits.errors import ReturnExceedsSale, SaleNotCredited
from partners.credits.facts import SaleFacts
from partners.credits.models import Credit, Decision, Sale
from partners.credits.queries import list_outcomes
from partners.credits.reasons import ReasonCode
from partners.credits.rules import Kind, Outcome, Scheme, Stage, Standing
from partners.credits.surroundings import surroundings_at
from partners.regions.queries import get_versions
from tests.conftest import EXPLORE
from tests.factories.credits import (
    COOPERATIVE,
    DONGYANG,
    JINYUN,
    LISHUI,
    NANJIANG,
    instrument,
    make_sale,
    outcome_of,
    private_sale,
    sale_facts,
)
from tests.factories.partners import make_pairing

Travel = Callable[[datetime], None]
JUNE_2020 = datetime(2020, 6, 15, 2, 0, tzinfo=UTC)
JUNE_2026 = datetime(2026, 6, 15, 2, 0, tzinfo=UTC)


def credit(facts: SaleFacts) -> Outcome:
    return outcome_of(service.credit_sales([facts]))


def now(facts: SaleFacts, scheme: Scheme = Scheme.PAIRING) -> Outcome:
    return outcome_of(list_outcomes([facts.line_id]), scheme)


def confirm(facts: SaleFacts) -> None:
    service.confirm_sales(
        cooperative_id=facts.cooperative_id, line_ids=[facts.line_id], cause_id=new_id()
    )


def reverse(facts: SaleFacts, total_fen: int) -> None:
    service.reverse_sale(
        cooperative_id=facts.cooperative_id,
        line_id=facts.line_id,
        cause_id=new_id(),
        returned_fen_total=total_fen,
    )


def stages(facts: SaleFacts, scheme: Scheme = Scheme.PAIRING) -> dict[Stage, int]:
    """Return the balance of a sale's credits by stage."""
    rows = db.session.execute(
        select(Credit.stage, func.sum(Credit.amount_fen))
        .join(Decision, Decision.id == Credit.decision_id)
        .where(Decision.sale_id == facts.line_id, Credit.scheme == scheme)
        .group_by(Credit.stage)
    )
    return {stage: int(amount) for stage, amount in rows if amount}


def movement_count(facts: SaleFacts) -> int:
    statement = (
        select(func.count())
        .select_from(Credit)
        .join(Decision, Decision.id == Credit.decision_id)
        .where(Decision.sale_id == facts.line_id)
    )
    return db.session.scalar(statement) or 0


class TestCreditSales:
    def test_counts_for_jinyun_in_june_2020(self, travel: Travel) -> None:
        travel(JUNE_2020)
        outcome = credit(sale_facts(attribution_code=JINYUN))
        assert outcome.standing is Standing.COUNTED
        assert outcome.reason.zh == "计入缙云县—南江县结对任务"
        assert (outcome.stage, outcome.kind) == (Stage.PENDING, Kind.DIRECT_PURCHASE)
        assert len(outcome.rolls_up_to) == 1

    def test_counts_nothing_for_dongyang_in_june_2020(self, travel: Travel) -> None:
        travel(JUNE_2020)
        outcome = credit(sale_facts(attribution_code=DONGYANG))
        assert outcome.reason_code is ReasonCode.PAIRING_NOT_BEGUN
        assert outcome.reason.zh == "东阳市—南江县结对自2021年4月1日起生效，不计入结对任务"

    def test_counts_for_dongyang_today(self, travel: Travel) -> None:
        travel(JUNE_2026)
        facts = sale_facts(attribution_code=DONGYANG)
        outcome = credit(facts)
        assert outcome.reason.zh == "计入东阳市—南江县结对任务"
        assert stages(facts) == {Stage.PENDING: 30_000}

    def test_counts_nothing_for_jinyun_today_and_says_when_it_ended(self, travel: Travel) -> None:
        travel(JUNE_2026)
        facts = sale_facts(attribution_code=JINYUN)
        outcome = credit(facts)
        assert outcome.reason.zh == "缙云县—南江县结对已于2021年3月31日结束，不计入结对任务"
        assert stages(facts) == {}
        assert now(facts).reason == outcome.reason

    def test_counts_an_instrument_of_xinhe_for_a_private_shopper_in_lishui(
        self, travel: Travel
    ) -> None:
        travel(JUNE_2026)
        outcome = credit(instrument(LISHUI))
        assert outcome.reason.zh == "计入丽水市—新和县结对任务"
        assert outcome.kind is Kind.ASSISTED_SALE
        assert outcome.region_code == LISHUI

    def test_judges_every_scheme_at_once(self, travel: Travel) -> None:
        travel(JUNE_2026)
        facts = sale_facts()
        outcomes = service.credit_sales([facts])
        assert [o.scheme for o in outcomes] == list(Scheme)
        assert [o.reason.zh for o in outcomes] == [
            "计入东阳市—南江县结对任务",
            "计入示例学校 · 东阳预留份额",
            "计入南江县供应台账",
        ]
        assert outcome_of(outcomes, Scheme.CATALOGUE).region_code == NANJIANG

    def test_a_second_crediting_changes_nothing(self, travel: Travel) -> None:
        travel(JUNE_2026)
        facts = sale_facts()
        first = service.credit_sales([facts])
        moved = movement_count(facts)
        assert service.credit_sales([facts]) == first
        assert movement_count(facts) == moved == 3

    def test_holds_a_flagged_sale(self, travel: Travel) -> None:
        travel(JUNE_2026)
        facts = sale_facts(flags=("price_above_market",))
        assert credit(facts).reason.zh == "拟计入东阳市—南江县结对任务，须经对口办核实"
        assert stages(facts) == {Stage.HELD: 30_000}

    def test_keeps_the_facts_it_judged(self, travel: Travel) -> None:
        travel(JUNE_2026)
        facts = make_sale()
        sale = db.session.get(Sale, facts.line_id)
        assert sale is not None
        assert (sale.product_name, sale.quantity, sale.unit) == ("南江黄羊", 3, "公斤")
        assert sale.sale_on == date(2026, 6, 15)

    def test_a_gift_worth_nothing_moves_nothing(self, travel: Travel) -> None:
        travel(JUNE_2026)
        facts = make_sale(amount_fen=0)
        confirm(facts)
        assert now(facts).reason.zh == "计入东阳市—南江县结对任务"
        assert movement_count(facts) == 0


class TestRoundTrips:
    """Every sale passes here, so their number is pinned: it must not grow with the lines."""

    @pytest.fixture
    def statements(self, database: Connection) -> Iterator[list[str]]:
        seen: list[str] = []

        def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
            seen.append(statement)

        event.listen(database, "before_cursor_execute", note)
        yield seen
        event.remove(database, "before_cursor_execute", note)

    @pytest.mark.parametrize("count", [1, 20])
    def test_are_two_to_credit_and_four_to_confirm(
        self, travel: Travel, statements: list[str], count: int
    ) -> None:
        travel(JUNE_2026)
        make_sale()
        sales = [sale_facts() for _ in range(count)]
        statements.clear()
        service.credit_sales(sales)
        assert len(statements) == 2
        statements.clear()
        service.confirm_sales(
            cooperative_id=COOPERATIVE, line_ids=[s.line_id for s in sales], cause_id=new_id()
        )
        assert len(statements) == 4


class TestJudge:
    def test_writes_nothing(self, travel: Travel) -> None:
        travel(JUNE_2026)
        facts = sale_facts()
        assert outcome_of(service.judge([facts])).counts
        assert db.session.get(Sale, facts.line_id) is None

    def test_gives_a_line_after_the_other(self, travel: Travel) -> None:
        travel(JUNE_2026)
        sales = [sale_facts(), private_sale(None)]
        outcomes = service.judge(sales)
        assert [o.line_id for o in outcomes] == [s.line_id for s in sales for _ in Scheme]
        assert outcomes[3].reason.zh == "未选择所属单位或地区，不计入结对任务"


class TestConfirmSales:
    def test_moves_pending_to_confirmed(self, travel: Travel) -> None:
        travel(JUNE_2026)
        facts = make_sale()
        confirm(facts)
        assert stages(facts) == {Stage.CONFIRMED: 30_000}
        assert now(facts).stage is Stage.CONFIRMED

    def test_confirms_many_at_once(self, travel: Travel) -> None:
        travel(JUNE_2026)
        sales = [sale_facts() for _ in range(5)]
        service.credit_sales(sales)
        service.confirm_sales(
            cooperative_id=COOPERATIVE, line_ids=[s.line_id for s in sales], cause_id=new_id()
        )
        assert [stages(s) for s in sales] == [{Stage.CONFIRMED: 30_000}] * 5

    def test_a_repeat_changes_nothing(self, travel: Travel) -> None:
        travel(JUNE_2026)
        facts, cause = make_sale(), new_id()
        for _ in range(3):
            service.confirm_sales(
                cooperative_id=COOPERATIVE, line_ids=[facts.line_id], cause_id=cause
            )
        confirm(facts)
        assert movement_count(facts) == 9

    def test_confirms_under_the_rule_and_pairing_of_the_day_of_the_sale(
        self, travel: Travel
    ) -> None:
        travel(datetime(2021, 3, 30, 2, tzinfo=UTC))
        facts = make_sale(attribution_code=JINYUN)
        travel(datetime(2021, 4, 20, 2, tzinfo=UTC))
        confirm(facts)
        assert stages(facts) == {Stage.CONFIRMED: 30_000}
        assert now(facts).reason.zh == "计入缙云县—南江县结对任务"

    def test_refuses_a_sale_it_never_saw(self) -> None:
        with pytest.raises(SaleNotCredited):
            confirm(sale_facts())

    def test_refuses_another_cooperatives_sale(self, travel: Travel) -> None:
        travel(JUNE_2026)
        facts = make_sale()
        with pytest.raises(SaleNotCredited):
            service.confirm_sales(
                cooperative_id=new_id(), line_ids=[facts.line_id], cause_id=new_id()
            )


class TestReverseSale:
    def test_takes_back_from_the_stage_where_it_stands(self, travel: Travel) -> None:
        travel(JUNE_2026)
        pending, confirmed = make_sale(), make_sale()
        confirm(confirmed)
        reverse(pending, 10_000)
        reverse(confirmed, 10_000)
        assert stages(pending) == {Stage.PENDING: 20_000}
        assert stages(confirmed) == {Stage.CONFIRMED: 20_000}

    def test_part_returns_add_up_to_nothing_left(self, travel: Travel) -> None:
        travel(JUNE_2026)
        facts = make_sale(amount_fen=10_000)
        for total in (3_333, 6_667, 10_000):
            reverse(facts, total)
        assert stages(facts) == {}
        assert now(facts).net_fen == 0

    def test_comes_after_the_pairing_has_ended(self, travel: Travel) -> None:
        travel(datetime(2021, 3, 30, 2, tzinfo=UTC))
        facts = make_sale(attribution_code=JINYUN)
        travel(JUNE_2026)
        reverse(facts, 30_000)
        assert stages(facts) == {}

    def test_a_repeat_with_a_newer_total_changes_nothing(self, travel: Travel) -> None:
        travel(JUNE_2026)
        facts, cause = make_sale(), new_id()
        for total in (10_000, 10_000, 15_000):
            service.reverse_sale(
                cooperative_id=COOPERATIVE,
                line_id=facts.line_id,
                cause_id=cause,
                returned_fen_total=total,
            )
        assert stages(facts) == {Stage.PENDING: 20_000}

    def test_a_total_that_arrives_late_changes_nothing(self, travel: Travel) -> None:
        travel(JUNE_2026)
        facts = make_sale()
        reverse(facts, 20_000)
        reverse(facts, 5_000)
        assert stages(facts) == {Stage.PENDING: 10_000}

    def test_refuses_more_than_was_sold(self, travel: Travel) -> None:
        travel(JUNE_2026)
        facts = make_sale()
        with pytest.raises(ReturnExceedsSale):
            reverse(facts, 30_001)
        assert stages(facts) == {Stage.PENDING: 30_000}

    @settings(max_examples=25 * max(EXPLORE, 1))
    @given(
        amount=st.integers(1, 10**9),
        cuts=st.lists(st.fractions(0, 1), max_size=5),
        confirmed_after=st.integers(0, 5),
    )
    def test_credits_are_the_amount_less_what_came_back(
        self, amount: int, cuts: list[object], confirmed_after: int
    ) -> None:
        facts = make_sale(amount_fen=amount, sale_on=date(2026, 6, 15))
        for step, part in enumerate([*sorted(cuts), 1]):  # type: ignore[type-var]
            total = int(amount * part)  # type: ignore[operator, call-overload]
            reverse(facts, total)
            if step == confirmed_after:
                confirm(facts)
            balance = stages(facts)
            assert sum(balance.values()) == amount - total
            assert all(left > 0 for left in balance.values())
        assert stages(facts) == stages(facts, Scheme.CATALOGUE) == {}


class TestHoldAndRelease:
    def test_goes_on_where_it_would_stand_by_then(self, travel: Travel) -> None:
        travel(JUNE_2026)
        facts = make_sale()
        names = {"cooperative_id": COOPERATIVE, "line_id": facts.line_id}
        service.hold_sale(**names, cause_id=new_id())
        assert stages(facts) == {Stage.HELD: 30_000}
        confirm(facts)
        reverse(facts, 10_000)
        assert stages(facts) == {Stage.HELD: 20_000}
        service.release_sale(**names, cause_id=new_id())
        assert stages(facts) == {Stage.CONFIRMED: 20_000}

    def test_may_be_held_again(self, travel: Travel) -> None:
        travel(JUNE_2026)
        facts = make_sale(flags=("split_purchase",))
        names = {"cooperative_id": COOPERATIVE, "line_id": facts.line_id}
        service.release_sale(**names, cause_id=new_id())
        assert stages(facts) == {Stage.PENDING: 30_000}
        service.hold_sale(**names, cause_id=new_id())
        assert stages(facts) == {Stage.HELD: 30_000}


class TestSurroundings:
    def test_read_a_former_code_as_the_place_it_has_become(self) -> None:
        place = surroundings_at(get_versions()).place("130721", date(2026, 6, 15))
        assert place is not None
        assert (place.code, place.name) == ("130705", "宣化区")

    def test_look_the_same_places_up_once_a_book(self) -> None:
        facts = sale_facts()
        surroundings = surroundings_at(get_versions())
        first = surroundings.candidates(facts)
        assert first
        assert surroundings_at(get_versions()).candidates(facts) is first

    def test_see_a_pairing_that_is_added_although_its_places_were_looked_up(
        self, travel: Travel
    ) -> None:
        travel(JUNE_2026)
        facts = sale_facts(origin_code="652925", attribution_code="331121")
        before = surroundings_at(get_versions()).candidates(facts)
        added = make_pairing()
        now_there = surroundings_at(get_versions()).candidates(facts)
        assert added.id not in {each.pairing_id for each in before}
        assert {each.pairing_id for each in now_there} - {each.pairing_id for each in before} == {
            added.id
        }
