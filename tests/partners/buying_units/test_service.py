"""Registration of buying units, their canteens and filings."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
from psycopg.errors import CheckViolation, InsufficientPrivilege
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError, IntegrityError

from marketplace.database import db, transaction
from marketplace.identity.actor import Actor
from marketplace.identity.queries import list_memberships_of
from marketplace.permissions import Role
from partners.buying_units import queries, service
from partners.buying_units.errors import (
    BuyingUnitApprovedByApplicant,
    BuyingUnitDoesNotFile,
    BuyingUnitNotInState,
    BuyingUnitParentUnfit,
    BuyingUnitRegistered,
    BuyingUnitUnknown,
    CanteenFactsUnfit,
)
from partners.buying_units.models import (
    BuyingUnit,
    BuyingUnitKind,
    BuyingUnitState,
    CanteenArrangement,
)
from partners.regions.errors import RegionNotAPlace
from tests.conftest import Committed
from tests.factories.identity import actor_of, make_account, make_actor
from tests.factories.partners import make_buying_unit, new_credit_code, office_of

JINYUN = "331122"


def registration(**overrides: Any) -> dict[str, Any]:
    return {
        "name": "示例小学 · 缙云",
        "kind": BuyingUnitKind.SCHOOL,
        "region_code": JINYUN,
        "credit_code": new_credit_code(),
        "is_budget_unit": True,
    } | overrides


def filing(**overrides: Any) -> dict[str, Any]:
    return {
        "year": 2026,
        "canteen_purchasing_fen": 1_234_567_89,
        "share_basis_points": 1000,
    } | overrides


def approver_of(region_code: str) -> Actor:
    return make_actor(Role.OFFICE_APPROVER, office_of(region_code).id)


def clerk_of(unit: BuyingUnit) -> Actor:
    return make_actor(Role.BUYING_UNIT_CLERK, unit.id)


class TestRegisterBuyingUnit:
    def test_waits_for_the_office(self) -> None:
        made = service.register_buying_unit(make_actor(), **registration())
        assert made.state is BuyingUnitState.APPLIED
        assert not made.has_canteen

    def test_hangs_under_an_active_unit_named_by_its_code(self) -> None:
        parent = make_buying_unit(name="示例教育局 · 缙云", kind="public_body")
        facts = registration(parent_credit_code=parent.credit_code)
        assert service.register_buying_unit(make_actor(), **facts).parent_id == parent.id

    @pytest.mark.parametrize("state", ["applied", "returned", "closed"])
    def test_not_under_one_that_is_not_active(self, state: str) -> None:
        parent = make_buying_unit(state=state)
        facts = registration(parent_credit_code=parent.credit_code)
        with pytest.raises(BuyingUnitParentUnfit) as raised:
            service.register_buying_unit(make_actor(), **facts)
        assert list(raised.value.fields) == ["parent_credit_code"]

    def test_names_an_unknown_region(self) -> None:
        with pytest.raises(RegionNotAPlace) as raised:
            service.register_buying_unit(make_actor(), **registration(region_code="110100"))
        assert list(raised.value.fields) == ["region_code"]

    def test_refuses_a_code_that_is_registered_but_not_one_that_is_closed(self) -> None:
        code = make_buying_unit().credit_code
        with pytest.raises(BuyingUnitRegistered):
            service.register_buying_unit(make_actor(), **registration(credit_code=code))
        closed = make_buying_unit(state="closed").credit_code
        service.register_buying_unit(make_actor(), **registration(credit_code=closed))

    def test_of_several_at_once_one_gets_through(self, committed: Committed) -> None:
        facts = registration()

        def register() -> bool:
            with transaction():
                service.register_buying_unit(make_actor(), **facts)
            return True

        results = committed.in_parallel(*[register] * 5)
        assert results.count(True) == 1
        assert [type(r) for r in results if r is not True] == [BuyingUnitRegistered] * 4


class TestApproveBuyingUnit:
    def test_makes_the_applicant_its_clerk(self) -> None:
        applicant = make_account()
        made = make_buying_unit(state="applied", applied_by=applicant.id)
        service.approve_buying_unit(approver_of("331100"), made.id)
        assert made.state is BuyingUnitState.ACTIVE
        grants = [(m.role, m.scope_id) for m in list_memberships_of(applicant.id)]
        assert grants == [(Role.BUYING_UNIT_CLERK, made.id)]

    def test_is_for_the_office_of_its_region(self) -> None:
        made = make_buying_unit(state="applied")
        for elsewhere in ("331121", "330700"):
            with pytest.raises(BuyingUnitUnknown):
                service.approve_buying_unit(approver_of(elsewhere), made.id)

    def test_nobody_approves_what_he_registered(self) -> None:
        account = make_account(role=Role.OFFICE_APPROVER, scope=office_of(JINYUN).id)
        made = make_buying_unit(state="applied", applied_by=account.id)
        with pytest.raises(BuyingUnitApprovedByApplicant):
            service.approve_buying_unit(actor_of(account), made.id)

    def test_the_database_holds_it_too(self) -> None:
        made = make_buying_unit()
        statement = text("update buying_units set approved_by = applied_by where id = :id")
        with pytest.raises(IntegrityError) as raised, db.session.begin_nested():
            db.session.execute(statement, {"id": made.id})
        assert isinstance(raised.value.orig, CheckViolation)


def _steps() -> dict[str, tuple[BuyingUnitState, Callable[[BuyingUnit], object]]]:
    """Every step by name: the one state it fits, and how it is taken by somebody who may."""
    state = BuyingUnitState
    return {
        "resubmit": (state.RETURNED, lambda u: service.resubmit_buying_unit(Actor(id=u.applied_by), u.id, **registration())),
        "approve": (state.APPLIED, lambda u: service.approve_buying_unit(approver_of(JINYUN), u.id)),
        "return": (state.APPLIED, lambda u: service.return_buying_unit(approver_of(JINYUN), u.id, note="x")),
        "close": (state.ACTIVE, lambda u: service.close_buying_unit(approver_of(JINYUN), u.id, note="x")),
        "canteen": (state.ACTIVE, lambda u: service.lock_managed_unit(clerk_of(u), u.id)),
        "file": (state.ACTIVE, lambda u: service.file_purchasing(clerk_of(u), u.id, **filing())),
    }  # fmt: skip


class TestEveryStepInEveryState:
    @pytest.mark.parametrize("state", list(BuyingUnitState))
    @pytest.mark.parametrize("step", list(_steps()))
    def test_fits_one_state_only(self, step: str, state: BuyingUnitState) -> None:
        fits, take = _steps()[step]
        made = make_buying_unit(state=state, applied_by=make_account().id)
        if state is fits:
            take(made)
            return
        with pytest.raises(BuyingUnitNotInState):
            take(made)
        db.session.refresh(made)
        assert made.state is state


class TestDescribeCanteen:
    def _describe(self, unit: BuyingUnit, canteen: str, **facts: Any) -> BuyingUnit:
        clerk = clerk_of(unit)
        locked = service.lock_managed_unit(clerk, unit.id)
        return service.describe_canteen(clerk, locked, canteen=CanteenArrangement(canteen), **facts)

    def test_knows_the_four_arrangements(self) -> None:
        unit, filer = make_buying_unit(), make_buying_unit(name="示例中学 · 缙云")
        self._describe(unit, "outsourced", contractor="示例餐饮公司")
        assert (unit.has_canteen, unit.files_itself) == (True, True)
        self._describe(unit, "shared", filed_by_credit_code=filer.credit_code)
        assert (unit.canteen_filed_by_id, unit.canteen_contractor) == (filer.id, None)
        assert (unit.has_canteen, unit.files_itself) == (True, False)
        self._describe(unit, "none")
        assert (unit.has_canteen, unit.canteen_filed_by_id) == (False, None)

    def test_names_what_does_not_fit(self) -> None:
        unit = make_buying_unit()
        without_canteen = make_buying_unit(name="示例图书馆 · 缙云", canteen="none")
        cases: list[tuple[str, dict[str, Any], str]] = [
            ("own", {"contractor": "示例餐饮公司"}, "contractor"),
            ("outsourced", {}, "contractor"),
            ("shared", {}, "filed_by_credit_code"),
            ("shared", {"filed_by_credit_code": new_credit_code()}, "filed_by_credit_code"),
            ("shared", {"filed_by_credit_code": unit.credit_code}, "filed_by_credit_code"),
            ("shared", {"filed_by_credit_code": without_canteen.credit_code}, "filed_by_credit_code"),
            ("own", {"filed_by_credit_code": without_canteen.credit_code}, "filed_by_credit_code"),
        ]  # fmt: skip
        for canteen, facts, field in cases:
            with pytest.raises(CanteenFactsUnfit) as raised:
                self._describe(unit, canteen, **facts)
            assert list(raised.value.fields) == [field], (canteen, facts)
        assert unit.canteen is CanteenArrangement.OWN


class TestFilePurchasing:
    def test_reserves_the_share_half_up_to_the_fen(self) -> None:
        unit = make_buying_unit()
        made = service.file_purchasing(clerk_of(unit), unit.id, **filing())
        assert made.reserved_fen == 123_456_79  # 12,345,678.9 fen

    def test_keeps_every_revision_and_knows_which_held_when(
        self, travel: Callable[[datetime], None]
    ) -> None:
        unit = make_buying_unit()
        clerk = clerk_of(unit)
        january, march = (datetime(2026, month, 10, tzinfo=UTC) for month in (1, 3))
        travel(january)
        service.file_purchasing(clerk, unit.id, **filing())
        travel(march)
        service.file_purchasing(clerk, unit.id, **filing(share_basis_points=1500))
        newest = queries.find_filing(unit.id, 2026)
        held = queries.find_filing(unit.id, 2026, at=datetime(2026, 2, 1, tzinfo=UTC))
        assert newest is not None
        assert held is not None
        assert (newest.revision, newest.share_basis_points) == (2, 1500)
        assert (held.revision, held.share_basis_points) == (1, 1000)
        assert queries.find_filing(unit.id, 2025) is None

    @pytest.mark.parametrize("canteen", ["none", "shared"])
    def test_is_not_for_a_unit_without_a_canteen_of_its_own(self, canteen: str) -> None:
        filer = make_buying_unit(name="示例中学 · 缙云")
        filed_by = filer.id if canteen == "shared" else None
        unit = make_buying_unit(canteen=canteen, canteen_filed_by_id=filed_by)
        with pytest.raises(BuyingUnitDoesNotFile):
            service.file_purchasing(clerk_of(unit), unit.id, **filing())

    def test_is_for_its_clerk(self) -> None:
        unit = make_buying_unit()
        for actor in (make_actor(Role.BUYING_UNIT_CLERK), approver_of(JINYUN), make_actor()):
            with pytest.raises(BuyingUnitUnknown):
                service.file_purchasing(actor, unit.id, **filing())

    def test_two_clerks_at_once_make_two_revisions(self, committed: Committed) -> None:
        with committed.context(), transaction():
            unit = make_buying_unit()
            unit_id = unit.id
            clerks = [clerk_of(unit) for _ in range(4)]

        def file(clerk: Actor) -> int:
            with transaction():
                return service.file_purchasing(clerk, unit_id, **filing()).revision

        results = committed.in_parallel(*(lambda clerk=clerk: file(clerk) for clerk in clerks))
        assert sorted(results) == [1, 2, 3, 4]  # type: ignore[type-var]

    @pytest.mark.parametrize("change", ["update buying_unit_filings set year = 2020", "delete from buying_unit_filings"])  # fmt: skip
    def test_is_never_changed_afterwards(self, change: str) -> None:
        unit = make_buying_unit()
        service.file_purchasing(clerk_of(unit), unit.id, **filing())
        with pytest.raises(DBAPIError) as raised, db.session.begin_nested():
            db.session.execute(text(change))
        assert isinstance(raised.value.orig, InsufficientPrivilege)


class TestVisibleTo:
    def _seen(self, actor: Actor) -> set[UUID]:
        return set(db.session.scalars(select(BuyingUnit.id).where(queries.visible_to(actor))))

    def test_a_unit_sees_itself_and_those_below_at_any_depth(self) -> None:
        bureau = make_buying_unit(name="示例教育局 · 缙云", kind="public_body")
        school = make_buying_unit(parent_id=bureau.id)
        branch = make_buying_unit(name="示例小学分校 · 缙云", parent_id=school.id)
        other = make_buying_unit(name="示例医院 · 缙云", kind="hospital")
        assert self._seen(clerk_of(bureau)) == {bureau.id, school.id, branch.id}
        assert self._seen(clerk_of(branch)) == {branch.id}
        assert self._seen(approver_of(JINYUN)) == {bureau.id, school.id, branch.id, other.id}
        assert self._seen(approver_of("331121")) == set()
        assert self._seen(make_actor(Role.AUDITOR)) >= {other.id}
        assert self._seen(Actor(id=other.applied_by)) == {other.id}
        assert self._seen(make_actor()) == set()

    def test_a_circle_written_behind_our_back_ends(self) -> None:
        one = make_buying_unit()
        two = make_buying_unit(parent_id=one.id)
        one.parent_id = two.id
        db.session.flush()
        assert self._seen(clerk_of(one)) == {one.id, two.id}
        assert queries.is_at_or_below(one.id, two.id)
