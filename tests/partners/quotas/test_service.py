"""Setting quotas: who may, for whom, and what stays on record."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from marketplace import clock
from marketplace.ids import new_id
from marketplace.permissions import Role
from partners.credits.rules import Scheme
from partners.quotas import service
from partners.quotas.errors import QuotaExists, QuotaSubjectWrong, QuotaUnknown, RegionNotYours
from partners.quotas.queries import get_quota, list_targets, with_revisions
from partners.quotas.service import QuotaSubject
from tests.factories.credits import DONGYANG, JINHUA, JINYUN, LISHUI, NANJIANG, XINHE
from tests.factories.identity import make_actor
from tests.factories.partners import PLATFORM_ADMIN, make_buying_unit, office_of
from tests.factories.quotas import make_quota, pairing_of


def approver(region_code: str) -> Any:
    return make_actor(Role.OFFICE_APPROVER, office_of(region_code).id)


def subject(**overrides: Any) -> QuotaSubject:
    facts: dict[str, Any] = {
        "scheme": Scheme.PAIRING,
        "region_code": DONGYANG,
        "year": 2026,
        "pairing_id": pairing_of(DONGYANG, NANJIANG),
    }
    return QuotaSubject(**facts | overrides)


def set_quota(actor: Any, wanted: QuotaSubject | None = None, amount: int = 2_900_000_000) -> Any:
    return service.set_quota(
        actor, wanted or subject(), amount_fen=amount, document="对口办〔2026〕1号"
    )


class TestSetQuota:
    def test_by_the_city_for_its_county(self) -> None:
        quota = set_quota(approver(JINHUA))
        (view,) = with_revisions([quota])
        assert [(r.amount_fen, r.effective_on) for r in view.revisions] == [
            (2_900_000_000, clock.today())
        ]

    @pytest.mark.parametrize("region", [DONGYANG, LISHUI])
    def test_not_by_the_county_itself_nor_by_another_city(self, region: str) -> None:
        with pytest.raises(RegionNotYours):
            set_quota(approver(region))

    def test_once_a_subject_and_year(self) -> None:
        set_quota(PLATFORM_ADMIN)
        with pytest.raises(QuotaExists):
            set_quota(PLATFORM_ADMIN)
        set_quota(PLATFORM_ADMIN, subject(year=2027))

    @pytest.mark.parametrize(
        ("overrides", "field"),
        [
            ({"pairing_id": None}, "pairing_id"),
            ({"buying_unit_id": new_id()}, "buying_unit_id"),
            ({"scheme": Scheme.CATALOGUE}, "pairing_id"),
            ({"scheme": Scheme.RESERVED_SHARE, "pairing_id": None}, "buying_unit_id"),
            ({"pairing_id": new_id()}, "pairing_id"),
            ({"region_code": JINYUN}, "region_code"),
            ({"year": 2020}, "year"),
        ],
    )
    def test_refuses_a_subject_that_does_not_fit(
        self, overrides: dict[str, Any], field: str
    ) -> None:
        with pytest.raises(QuotaSubjectWrong) as refused:
            set_quota(PLATFORM_ADMIN, subject(**overrides))
        assert list(refused.value.fields) == [field]

    @pytest.mark.parametrize("facts", [{}, {"region_code": DONGYANG, "state": "applied"}])
    def test_a_reserved_share_is_of_a_registered_unit_of_that_region(
        self, facts: dict[str, Any]
    ) -> None:
        share = subject(scheme=Scheme.RESERVED_SHARE, pairing_id=None)
        own = make_buying_unit(name="示例小学 · 东阳", region_code=DONGYANG)
        set_quota(approver(JINHUA), replace(share, buying_unit_id=own.id))
        with pytest.raises(QuotaSubjectWrong) as refused:
            set_quota(approver(JINHUA), replace(share, buying_unit_id=make_buying_unit(**facts).id))
        assert list(refused.value.fields) == ["buying_unit_id"]

    def test_one_pairing_is_the_task_of_nine_counties(self) -> None:
        counties = (
            "331102",
            "331121",
            "331122",
            "331123",
            "331124",
            "331125",
            "331126",
            "331127",
            "331181",
        )
        xinhe = pairing_of(LISHUI, XINHE)
        for code in counties:
            set_quota(approver(LISHUI), subject(region_code=code, pairing_id=xinhe))
        found = list_targets(counties, Scheme.PAIRING, 2026, clock.today())
        assert [t.region_code for t in found] == sorted(counties)


class TestReviseQuota:
    def test_takes_effect_on_its_day_and_keeps_what_was(self) -> None:
        quota = make_quota(100, year=2026)
        service.revise_quota(
            PLATFORM_ADMIN,
            quota.id,
            amount_fen=80,
            document="对口办〔2026〕7号",
            effective_on=date(2026, 7, 1),
        )

        def target(on: date) -> int:
            (found,) = list_targets([DONGYANG], Scheme.PAIRING, 2026, on)
            return found.amount_fen

        assert [target(date(2026, 6, 30)), target(date(2026, 7, 1))] == [100, 80]
        assert [r.amount_fen for r in with_revisions([quota])[0].revisions] == [100, 80]

    def test_not_by_the_county_itself(self) -> None:
        with pytest.raises(RegionNotYours):
            service.revise_quota(approver(DONGYANG), make_quota().id, amount_fen=1, document="改小")


class TestGetQuota:
    def test_is_unknown_to_another_citys_office(self) -> None:
        quota = make_quota()
        assert get_quota(approver(JINHUA), quota.id) is quota
        with pytest.raises(QuotaUnknown):
            get_quota(approver(LISHUI), quota.id)
