"""Quota reports: each sale once, at every level, folded or not, and each figure opens into lines."""

import random
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from marketplace.days import service as days
from marketplace.ids import new_id
from marketplace.permissions import Role
from partners.credits import service as credit_service
from partners.credits import years
from partners.credits.errors import YearNotOver
from partners.credits.facts import SaleFacts
from partners.credits.rules import Kind, Scheme, Stage
from partners.credits.sums import CREDITS
from partners.quotas.service import QuotaSubject, set_quota
from partners.reports import service
from partners.reports.errors import ReportUnknown
from partners.reports.figures import Figures, Pace
from partners.reports.queries import FigureQuery
from partners.reports.service import QuotaReport
from tests.factories.credits import (
    COOPERATIVE,
    DONGYANG,
    JINHUA,
    JINYUN,
    LISHUI,
    NANJIANG,
    XINHE,
    ZHEJIANG,
    instrument,
    make_sale,
    private_sale,
    sale_facts,
)
from tests.factories.identity import make_actor
from tests.factories.partners import PLATFORM_ADMIN, make_buying_unit, office_of
from tests.factories.quotas import make_quota

Travel = Callable[[datetime], None]
JUNE_2026 = datetime(2026, 6, 30, 4, 0, tzinfo=UTC)
BAZHONG = "511900"


@pytest.fixture
def auditor() -> Any:
    return make_actor(Role.AUDITOR)


def confirm(*sales: SaleFacts) -> None:
    service_ids = [sale.line_id for sale in sales]
    credit_service.confirm_sales(
        cooperative_id=COOPERATIVE, line_ids=service_ids, cause_id=new_id()
    )


def fold() -> None:
    while days.fold_days(CREDITS):
        pass


def report(actor: Any, code: str = DONGYANG, year: int = 2026, **more: Any) -> QuotaReport:
    return service.get_quota_report(actor, code, year, more.pop("scheme", Scheme.PAIRING), **more)


def plain(figures: Figures) -> tuple[int, int, int, int]:
    """Pending; confirmed purchase and assisted sale; held."""
    return (
        figures.pending.total_fen,
        figures.confirmed.direct_purchase_fen,
        figures.confirmed.assisted_sale_fen,
        figures.held.total_fen,
    )


class TestGetQuotaReport:
    def test_shows_target_pending_confirmed_and_kinds_apart(
        self, travel: Travel, auditor: Any
    ) -> None:
        travel(JUNE_2026)
        make_quota(100_000)
        bought, private = sale_facts(), private_sale(DONGYANG, amount_fen=21_180)
        credit_service.credit_sales([bought, private])
        make_sale(amount_fen=500)
        make_sale(amount_fen=70, flags=("split_purchase",))
        confirm(bought, private)
        total = report(auditor).total
        assert plain(total) == (500, 30_000, 21_180, 70)
        assert (total.target_fen, total.done_percent, total.remaining_fen) == (
            100_000, 51.18, 48_820,
        )  # fmt: skip

    def test_tells_the_share_of_the_year_gone_and_the_pace(
        self, travel: Travel, auditor: Any
    ) -> None:
        travel(JUNE_2026)
        make_quota(100_000)
        assert report(auditor).total.year_gone_percent == 49.59
        for amount, pace in (
            (40_000, Pace.BEHIND), (9_000, Pace.ON_TRACK), (11_000, Pace.AHEAD), (40_000, Pace.DONE),
        ):  # fmt: skip
            confirm(make_sale(amount_fen=amount))
            assert report(auditor).total.pace is pace

    def test_without_a_target_has_no_rate(self, travel: Travel, auditor: Any) -> None:
        travel(JUNE_2026)
        confirm(make_sale())
        total = report(auditor).total
        assert (total.target_fen, total.done_percent, total.pace) == (None, None, None)

    def test_is_the_same_folded_or_not(self, travel: Travel, auditor: Any) -> None:
        for day in range(4):
            travel(JUNE_2026 + timedelta(days=day))
            confirm(make_sale(amount_fen=100 + day))
            make_sale(amount_fen=10)
        before = report(auditor, JINHUA)
        fold()
        after = report(auditor, JINHUA)
        assert plain(before.total) == plain(after.total) == (40, 406, 0, 0)
        assert before.pairings == after.pairings
        assert before.regions == after.regions

    def test_can_be_asked_as_of_a_day(self, travel: Travel, auditor: Any) -> None:
        travel(JUNE_2026)
        make_sale(amount_fen=100)
        travel(JUNE_2026 + timedelta(days=2))
        make_sale(amount_fen=10)
        fold()
        assert plain(report(auditor, on=date(2026, 7, 1)).total)[0] == 100
        assert plain(report(auditor).total)[0] == 110

    def test_takes_a_refund_back(self, travel: Travel, auditor: Any) -> None:
        travel(JUNE_2026)
        facts = make_sale()
        confirm(facts)
        credit_service.reverse_sale(
            cooperative_id=COOPERATIVE,
            line_id=facts.line_id,
            cause_id=new_id(),
            returned_fen_total=10_000,
        )
        assert plain(report(auditor).total) == (0, 20_000, 0, 0)


class TestRollUp:
    def test_counts_each_sale_once_at_every_level(self, travel: Travel, auditor: Any) -> None:
        travel(JUNE_2026)
        make_sale(amount_fen=1_000)
        make_sale(amount_fen=200, attribution_code=JINHUA)
        credit_service.credit_sales([instrument(LISHUI, amount_fen=30)])
        totals = {
            code: plain(report(auditor, code).total)[0]
            for code in (DONGYANG, JINHUA, LISHUI, ZHEJIANG)
        }
        assert totals == {DONGYANG: 1_000, JINHUA: 1_200, LISHUI: 30, ZHEJIANG: 1_230}

    def test_a_city_pairings_total_holds_its_counties(self, travel: Travel, auditor: Any) -> None:
        travel(JUNE_2026)
        make_sale(amount_fen=1_000)
        make_sale(amount_fen=200, attribution_code=JINHUA)
        found = report(auditor, JINHUA)
        rows = {(p.east_name, p.west_name): p for p in found.pairings}
        wide, narrow = rows["金华市", "巴中市"], rows["东阳市", "南江县"]
        assert plain(wide.figures)[0] == 1_200
        assert plain(narrow.figures)[0] == 1_000
        assert wide.included_pairing_ids == (narrow.pairing.id,)
        assert {r.region_name: plain(r.figures)[0] for r in found.regions} == {"东阳市": 1_000}

    def test_a_countys_report_does_not_show_the_citys_pairing(
        self, travel: Travel, auditor: Any
    ) -> None:
        travel(JUNE_2026)
        make_sale()
        assert [p.east_name for p in report(auditor).pairings] == ["东阳市"]

    def test_a_citys_target_includes_those_it_handed_down(
        self, travel: Travel, auditor: Any
    ) -> None:
        travel(JUNE_2026)
        make_quota(700)
        assert report(auditor, JINHUA).total.target_fen == 700
        make_quota(1_000, east_code=JINHUA, west_code=BAZHONG)
        found = report(auditor, JINHUA)
        assert found.total.target_fen == 1_000
        assert report(auditor, ZHEJIANG).total.target_fen == 1_000
        assert [r.figures.target_fen for r in found.regions] == [700]
        targets = {p.west_name: p.figures.target_fen for p in found.pairings}
        assert targets == {"南江县": 700, "巴中市": 1_000}

    def test_one_pairing_may_be_the_task_of_many_counties(
        self, travel: Travel, auditor: Any
    ) -> None:
        travel(JUNE_2026)
        for code, amount in ((JINYUN, 100), ("331123", 50)):
            make_quota(amount, east_code=LISHUI, west_code=XINHE, region_code=code)
        credit_service.credit_sales([instrument(JINYUN, amount_fen=30)])
        found = report(auditor, LISHUI)
        assert found.total.target_fen == 150
        assert [p.figures.target_fen for p in found.pairings] == [150]
        assert {r.region_name: r.figures.target_fen for r in found.regions} == {
            "缙云县": 100,
            "遂昌县": 50,
        }

    def test_schemes_stand_apart(self, travel: Travel, auditor: Any) -> None:
        travel(JUNE_2026)
        make_sale()
        west = report(auditor, NANJIANG, scheme=Scheme.CATALOGUE)
        assert plain(west.total)[0] == 30_000
        assert plain(report(auditor, NANJIANG).total)[0] == 0
        assert plain(report(auditor, scheme=Scheme.RESERVED_SHARE).total)[0] == 30_000

    def test_the_reserved_share_is_shown_by_unit(self, travel: Travel, auditor: Any) -> None:
        travel(JUNE_2026)
        school = make_buying_unit(name="示例小学 · 东阳", region_code=DONGYANG)
        hospital = make_buying_unit(name="示例医院 · 东阳", kind="hospital", region_code=DONGYANG)
        set_quota(
            PLATFORM_ADMIN,
            QuotaSubject(
                scheme=Scheme.RESERVED_SHARE,
                region_code=DONGYANG,
                year=2026,
                buying_unit_id=school.id,
            ),
            amount_fen=1_000,
            document="预留份额备案",
        )
        for amount in (300, 20):
            make_sale(buying_unit_id=hospital.id, buying_unit_kind="hospital", amount_fen=amount)
        fold()
        found = report(auditor, JINHUA, scheme=Scheme.RESERVED_SHARE)
        assert [
            (u.buying_unit_name, u.figures.target_fen, u.figures.pending.total_fen)
            for u in found.buying_units
        ] == [("示例医院 · 东阳", None, 320), ("示例小学 · 东阳", 1_000, 0)]
        assert (found.total.target_fen, plain(found.total)[0]) == (1_000, 320)


class TestAcrossAYearEnd:
    def test_a_december_sale_moves_last_years_figure_until_it_is_locked(
        self, travel: Travel, auditor: Any
    ) -> None:
        approver = make_actor(Role.OFFICE_APPROVER, office_of(JINHUA).id)
        travel(datetime(2025, 12, 31, 15, 30, tzinfo=UTC))
        kept, returned = make_sale(), make_sale()
        travel(datetime(2026, 1, 9, 4, tzinfo=UTC))
        confirm(kept, returned)
        assert plain(report(auditor, year=2025).total) == (0, 60_000, 0, 0)
        assert plain(report(auditor, year=2026).total) == (0, 0, 0, 0)
        fold()
        years.lock_year(
            approver,
            scheme=Scheme.PAIRING,
            region_code=JINHUA,
            year=2025,
            document="审定〔2026〕1号",
        )
        credit_service.reverse_sale(
            cooperative_id=COOPERATIVE,
            line_id=returned.line_id,
            cause_id=new_id(),
            returned_fen_total=30_000,
        )
        assert plain(report(auditor, year=2025).total) == (0, 60_000, 0, 0)
        this_year = report(auditor, year=2026).total
        assert plain(this_year) == (0, -30_000, 0, 0)
        assert this_year.corrections_fen == -30_000
        (line,) = lines(auditor, year=2026)
        assert (line.counting_year, line.corrects_year) == (2026, 2025)
        west = report(auditor, NANJIANG, 2025, scheme=Scheme.CATALOGUE).total
        assert plain(west) == (0, 30_000, 0, 0)

    def test_a_year_with_open_days_cannot_be_locked(self, travel: Travel) -> None:
        approver = make_actor(Role.OFFICE_APPROVER, office_of(JINHUA).id)
        travel(datetime(2025, 12, 31, 15, 30, tzinfo=UTC))
        make_sale()
        fold()
        with pytest.raises(YearNotOver):
            years.lock_year(
                approver, scheme=Scheme.PAIRING, region_code=JINHUA, year=2025, document="审定"
            )


def lines(actor: Any, code: str = DONGYANG, year: int = 2026, **parts: Any) -> list[Any]:
    """Return all lines of a figure, a page of three at a time."""
    figure = FigureQuery(
        region_code=code, year=year, scheme=parts.pop("scheme", Scheme.PAIRING), **parts
    )
    found: list[Any] = []
    after = None
    while True:
        page = service.list_lines(actor, figure, limit=3, after=after)
        found += page.items
        if page.next is None:
            return found
        after = page.next


class TestListLines:
    def test_add_up_to_every_figure(self, travel: Travel, auditor: Any) -> None:
        chance = random.Random(7)
        for day in range(6):
            travel(JUNE_2026 + timedelta(days=day))
            sales = [
                chance.choice([sale_facts, private_sale])(
                    amount_fen=chance.randrange(1, 10_000),
                    attribution_code=chance.choice([DONGYANG, JINHUA]),
                )
                if chance.random() < 0.7
                else instrument(LISHUI, amount_fen=chance.randrange(1, 10_000))
                for _ in range(4)
            ]
            credit_service.credit_sales(sales)
            confirm(*chance.sample(sales, 2))
            if day == 3:
                fold()
        for code in (DONGYANG, JINHUA, LISHUI, ZHEJIANG):
            found = report(auditor, code)
            for figures, parts in [
                (found.total, {}),
                *((p.figures, {"pairing_id": p.pairing.id}) for p in found.pairings),
            ]:
                for stage in Stage:
                    amounts = getattr(figures, stage)
                    for kind in Kind:
                        behind = lines(auditor, code, stage=stage, kind=kind, **parts)
                        assert sum(line.amount_fen for line in behind) == getattr(
                            amounts, f"{kind}_fen"
                        )

    def test_come_newest_first_and_once(self, travel: Travel, auditor: Any) -> None:
        for day in range(8):
            travel(JUNE_2026 + timedelta(days=day))
            make_sale(amount_fen=day + 1)
        found = lines(auditor, ZHEJIANG)
        assert [line.amount_fen for line in found] == [8, 7, 6, 5, 4, 3, 2, 1]

    def test_carry_the_evidence(self, travel: Travel, auditor: Any) -> None:
        travel(JUNE_2026)
        make_sale()
        (line,) = lines(auditor)
        assert (line.product_name, line.certificate_no) == ("南江黄羊", "RD-511922-0001")
        assert line.rule_version == 2
        assert line.reason_zh == "计入东阳市—南江县结对任务"


class TestWhoSeesWhat:
    @pytest.mark.parametrize(
        ("own", "asked", "is_seen"),
        [
            (JINHUA, DONGYANG, True),
            (DONGYANG, DONGYANG, True),
            (DONGYANG, JINHUA, False),
            (LISHUI, DONGYANG, False),
            (ZHEJIANG, DONGYANG, True),
        ],
    )
    def test_an_officer_sees_the_own_region_and_what_lies_in_it(
        self, own: str, asked: str, is_seen: bool
    ) -> None:
        officer = make_actor(Role.OFFICE_OFFICER, office_of(own).id)
        if is_seen:
            assert report(officer, asked).region_code == asked
        else:
            for look in (report, lines):
                with pytest.raises(ReportUnknown):
                    look(officer, asked)

    def test_a_clerk_of_a_buying_unit_sees_no_offices_report(self) -> None:
        with pytest.raises(ReportUnknown):
            report(make_actor(Role.BUYING_UNIT_CLERK, new_id()))

    def test_no_report_is_of_a_heading_or_of_nowhere(self, auditor: Any) -> None:
        for code in ("110100", "999999"):
            with pytest.raises(ReportUnknown):
                report(auditor, code)

    def test_lists_the_own_regions_first(self, auditor: Any) -> None:
        officer = make_actor(Role.OFFICE_OFFICER, office_of(DONGYANG).id)
        mine = service.list_quota_reports(officer, 2026, Scheme.PAIRING)
        assert [r.region_name for r in mine] == ["浙江省金华市东阳市"]
        assert [
            r.region_name for r in service.list_quota_reports(auditor, 2026, Scheme.PAIRING)
        ] == ["浙江省"]


class TestListMonths:
    def test_tells_what_each_month_moved(self, travel: Travel, auditor: Any) -> None:
        travel(JUNE_2026)
        facts = make_sale()
        travel(JUNE_2026 + timedelta(days=1))
        fold()
        confirm(facts)
        found = service.list_months(auditor, DONGYANG, 2026, Scheme.PAIRING)
        assert [(m.month, m.pending_fen, m.confirmed_fen) for m in found] == [
            (date(2026, 6, 1), 30_000, 0),
            (date(2026, 7, 1), -30_000, 30_000),
        ]
