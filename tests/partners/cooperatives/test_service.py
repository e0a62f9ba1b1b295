"""The admission of cooperatives: every step, every refusal, and two at once."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

import pytest
from psycopg.errors import CheckViolation
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError

from marketplace.audit import AuditEntry
from marketplace.database import db, transaction
from marketplace.errors import Problem
from marketplace.identity.actor import Actor
from marketplace.identity.queries import list_memberships_of
from marketplace.permissions import Role
from partners.cooperatives import service
from partners.cooperatives.errors import (
    CooperativeDecidedTwice,
    CooperativeNeedsCreditCode,
    CooperativeNotACounty,
    CooperativeNotInState,
    CooperativeRegistered,
    CooperativeUnknown,
)
from partners.cooperatives.models import Cooperative, CooperativeKind, CooperativeState
from partners.regions.errors import RegionNotAPlace
from tests.conftest import Committed
from tests.factories.identity import actor_of, give_role, make_account, make_actor
from tests.factories.partners import make_cooperative, new_credit_code, office_of

NANJIANG = "511922"


def application(**overrides: Any) -> dict[str, Any]:
    return {
        "name": "示例合作社 · 南江",
        "kind": CooperativeKind.COOPERATIVE,
        "region_code": NANJIANG,
        "credit_code": new_credit_code(),
    } | overrides


def officer_of(region_code: str) -> Actor:
    return make_actor(Role.OFFICE_OFFICER, office_of(region_code).id)


def administrator() -> Actor:
    return make_actor(Role.PLATFORM_ADMIN)


class TestApplyForCooperative:
    def test_waits_for_the_county_office(self) -> None:
        applicant = make_actor()
        made = service.apply_for_cooperative(applicant, **application())
        assert made.state is CooperativeState.APPLIED
        assert made.applied_by == applicant.id

    @pytest.mark.parametrize("kind", [k for k in CooperativeKind if k.needs_registration])
    def test_asks_for_a_credit_code_where_the_law_does(self, kind: CooperativeKind) -> None:
        with pytest.raises(CooperativeNeedsCreditCode) as raised:
            service.apply_for_cooperative(make_actor(), **application(kind=kind, credit_code=None))
        assert list(raised.value.fields) == ["credit_code"]

    @pytest.mark.parametrize("kind", [CooperativeKind.HOUSEHOLD, CooperativeKind.HOME_HANDICRAFT])
    def test_and_not_of_households_and_home_handicraft(self, kind: CooperativeKind) -> None:
        for _ in range(2):
            facts = application(kind=kind, credit_code=None)
            assert service.apply_for_cooperative(make_actor(), **facts).credit_code is None

    @pytest.mark.parametrize(
        ("region_code", "problem"),
        [
            ("999999", RegionNotAPlace),
            ("659000", RegionNotAPlace),
            ("511900", CooperativeNotACounty),
            ("510000", CooperativeNotACounty),
        ],
    )
    def test_asks_for_a_county(self, region_code: str, problem: type[Problem]) -> None:
        with pytest.raises(problem) as raised:
            service.apply_for_cooperative(make_actor(), **application(region_code=region_code))
        assert list(raised.value.fields) == ["region_code"]

    def test_takes_a_city_without_counties(self) -> None:
        made = service.apply_for_cooperative(make_actor(), **application(region_code="460400"))
        assert made.region_code == "460400"

    def test_refuses_a_second_application_with_the_same_code(self) -> None:
        facts = application()
        service.apply_for_cooperative(make_actor(), **facts)
        with pytest.raises(CooperativeRegistered) as raised:
            service.apply_for_cooperative(make_actor(), **facts)
        assert list(raised.value.fields) == ["credit_code"]
        assert len(db.session.scalars(select(Cooperative)).all()) == 1

    def test_of_several_at_once_one_gets_through(self, committed: Committed) -> None:
        facts = application()

        def apply() -> bool:
            with transaction():
                service.apply_for_cooperative(make_actor(), **facts)
            return True

        results = committed.in_parallel(*[apply] * 5)
        assert results.count(True) == 1
        assert [type(r) for r in results if r is not True] == [CooperativeRegistered] * 4


class TestRecommendCooperative:
    def test_notes_the_office_and_the_officer(self) -> None:
        officer = officer_of(NANJIANG)
        made = service.recommend_cooperative(
            officer, make_cooperative(state="applied").id, note="属实"
        )
        assert made.state is CooperativeState.RECOMMENDED
        assert made.recommended_office_id == office_of(NANJIANG).id
        assert (made.recommended_by, made.note) == (officer.id, "属实")

    def test_the_office_of_another_county_does_not_find_it(self) -> None:
        made = make_cooperative(state="applied")
        for elsewhere in ("511921", "331122"):
            with pytest.raises(CooperativeUnknown):
                service.recommend_cooperative(officer_of(elsewhere), made.id, note="x")

    def test_an_officer_does_not_recommend_what_he_applied_for(self) -> None:
        account = make_account(role=Role.OFFICE_OFFICER, scope=office_of(NANJIANG).id)
        made = make_cooperative(state="applied", applied_by=account.id)
        with pytest.raises(CooperativeDecidedTwice):
            service.recommend_cooperative(actor_of(account), made.id, note="x")


class TestApproveCooperative:
    def test_makes_the_applicant_its_manager_and_sets_the_next_verification(
        self, travel: Callable[[datetime], None]
    ) -> None:
        travel(datetime(2026, 1, 1, 4, 0, tzinfo=UTC))
        applicant = make_account()
        made = make_cooperative(state="recommended", applied_by=applicant.id)
        service.approve_cooperative(administrator(), made.id)
        assert made.state is CooperativeState.ACTIVE
        assert made.verify_again_on == date(2026, 6, 30)
        grants = [(m.role, m.scope_id) for m in list_memberships_of(applicant.id)]
        assert grants == [(Role.COOPERATIVE_MANAGER, made.id)]

    def test_applicant_recommender_and_approver_are_three_people(self) -> None:
        for part in ("applied_by", "recommended_by"):
            account = make_account(role=Role.PLATFORM_ADMIN)
            made = make_cooperative(state="recommended", **{part: account.id})
            with pytest.raises(CooperativeDecidedTwice):
                service.approve_cooperative(actor_of(account), made.id)
            assert made.state is CooperativeState.RECOMMENDED

    def test_the_database_holds_it_too(self) -> None:
        made = make_cooperative()
        for change in ("approved_by = recommended_by", "approved_by = applied_by", "recommended_by = applied_by", "approved_by = null"):  # fmt: skip
            with pytest.raises(IntegrityError) as raised, db.session.begin_nested():
                db.session.execute(
                    text(f"update cooperatives set {change} where id = :id"), {"id": made.id}
                )
            assert isinstance(raised.value.orig, CheckViolation), change

    def test_an_office_does_not_find_it(self) -> None:
        made = make_cooperative(state="recommended")
        with pytest.raises(CooperativeUnknown):
            service.approve_cooperative(officer_of(NANJIANG), made.id)

    def test_of_several_at_once_one_gets_through(self, committed: Committed) -> None:
        with committed.context(), transaction():
            applicant = make_account()
            made_id = make_cooperative(state="recommended", applied_by=applicant.id).id
            admins = [administrator() for _ in range(4)]

        def approve(admin: Actor) -> bool:
            with transaction():
                service.approve_cooperative(admin, made_id)
            return True

        results = committed.in_parallel(*(lambda admin=admin: approve(admin) for admin in admins))
        assert results.count(True) == 1
        assert [type(r) for r in results if r is not True] == [CooperativeNotInState] * 3


class TestReturning:
    def test_lets_the_applicant_correct_and_apply_again(self) -> None:
        applicant = make_actor()
        made = service.apply_for_cooperative(applicant, **application())
        service.return_cooperative(officer_of(NANJIANG), made.id, note="名称与执照不符")
        assert (made.state, made.note) == (CooperativeState.RETURNED, "名称与执照不符")
        service.resubmit_cooperative(applicant, made.id, **application(name="示例合作社 · 下两"))
        assert (made.state, made.name) == (CooperativeState.APPLIED, "示例合作社 · 下两")

    def test_by_the_platform_forgets_the_recommendation_on_the_next_try(self) -> None:
        applicant = make_actor()
        made = service.apply_for_cooperative(applicant, **application())
        service.recommend_cooperative(officer_of(NANJIANG), made.id, note="属实")
        service.return_recommendation(administrator(), made.id, note="缺许可证")
        service.resubmit_cooperative(applicant, made.id, **application())
        assert (made.recommended_by, made.recommended_office_id) == (None, None)

    def test_frees_the_credit_code_for_the_right_people(self) -> None:
        facts = application()
        impostor, owner = make_actor(), make_actor()
        first = service.apply_for_cooperative(impostor, **facts)
        service.return_cooperative(officer_of(NANJIANG), first.id, note="非本社人员")
        service.apply_for_cooperative(owner, **facts)
        with pytest.raises(CooperativeRegistered):
            service.resubmit_cooperative(impostor, first.id, **facts)
        db.session.refresh(first)
        assert first.state is CooperativeState.RETURNED

    def test_only_the_applicant_applies_again(self) -> None:
        made = make_cooperative(state="returned")
        with pytest.raises(CooperativeUnknown):
            service.resubmit_cooperative(make_actor(), made.id, **application())


def _steps() -> dict[str, tuple[CooperativeState, Callable[[Cooperative], object]]]:
    """Every step by name: the one state it fits, and how it is taken by somebody who may."""
    state = CooperativeState
    return {
        "resubmit": (state.RETURNED, lambda c: service.resubmit_cooperative(_applicant(c), c.id, **application())),
        "recommend": (state.APPLIED, lambda c: service.recommend_cooperative(officer_of(NANJIANG), c.id, note="x")),
        "return": (state.APPLIED, lambda c: service.return_cooperative(officer_of(NANJIANG), c.id, note="x")),
        "return_recommendation": (state.RECOMMENDED, lambda c: service.return_recommendation(administrator(), c.id, note="x")),
        "approve": (state.RECOMMENDED, lambda c: service.approve_cooperative(administrator(), c.id)),
        "suspend": (state.ACTIVE, lambda c: service.suspend_cooperative(administrator(), c.id, note="x")),
        "resume": (state.SUSPENDED, lambda c: service.resume_cooperative(administrator(), c.id, note="x")),
        "verify": (state.ACTIVE, lambda c: service.verify_cooperative(administrator(), c.id)),
    }  # fmt: skip


def _applicant(cooperative: Cooperative) -> Actor:
    return Actor(id=cooperative.applied_by)


class TestEveryStepInEveryState:
    @pytest.mark.parametrize("state", list(CooperativeState))
    @pytest.mark.parametrize("step", list(_steps()))
    def test_fits_one_state_only(self, step: str, state: CooperativeState) -> None:
        fits, take = _steps()[step]
        made = make_cooperative(state=state, applied_by=make_account().id)
        if state is fits:
            take(made)
            return
        with pytest.raises(CooperativeNotInState) as raised:
            take(made)
        assert raised.value.extra == {"state": state}
        db.session.refresh(made)
        assert made.state is state


class TestIntroduceCooperative:
    def test_is_for_its_manager(self) -> None:
        made = make_cooperative()
        account = make_account()
        give_role(account, Role.COOPERATIVE_MANAGER, made.id)
        manager = actor_of(account)
        locked = service.lock_managed_cooperative(manager, made.id)
        service.introduce_cooperative(manager, locked, introduction="高山茶园")
        assert (made.introduction, made.version) == ("高山茶园", 2)

    def test_staff_and_other_managers_do_not_find_it(self) -> None:
        made = make_cooperative()
        for actor in (make_actor(Role.COOPERATIVE_STAFF, made.id), make_actor(Role.COOPERATIVE_MANAGER)):  # fmt: skip
            with pytest.raises(CooperativeUnknown):
                service.lock_managed_cooperative(actor, made.id)


class TestAudit:
    def test_every_step_leaves_who_what_and_from_which_state(self) -> None:
        officer, admin = officer_of(NANJIANG), administrator()
        made = service.apply_for_cooperative(actor_of(make_account()), **application())
        service.recommend_cooperative(officer, made.id, note="属实")
        service.approve_cooperative(admin, made.id)
        entries = db.session.scalars(
            select(AuditEntry).where(AuditEntry.subject_id == str(made.id)).order_by(AuditEntry.id)
        ).all()
        assert [(e.action, e.account_id) for e in entries] == [
            ("cooperative.applied", made.applied_by),
            ("cooperative.recommended", officer.id),
            ("cooperative.active", admin.id),
        ]
        assert entries[-1].before == {"state": "recommended"}
