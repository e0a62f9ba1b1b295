"""Each invariant of the partners is silent on sound rows and speaks when a fault is planted."""

from collections.abc import Callable

import pytest
from sqlalchemy import text

from marketplace.database import db
from marketplace.permissions import Role
from partners.buying_units.invariants import INVARIANTS as OF_BUYING_UNITS
from partners.cooperatives.invariants import INVARIANTS as OF_COOPERATIVES
from partners.offices.invariants import INVARIANTS as OF_OFFICES
from partners.outlets.invariants import INVARIANTS as OF_OUTLETS
from partners.regions.invariants import INVARIANTS as OF_REGIONS
from tests.factories.identity import make_account
from tests.factories.partners import make_buying_unit, make_cooperative, make_outlet, office_of

ALL = [*OF_REGIONS, *OF_OFFICES, *OF_COOPERATIVES, *OF_BUYING_UNITS, *OF_OUTLETS]


def broken() -> list[str]:
    db.session.flush()
    return [each.title for each in ALL if db.session.execute(text(each.sql)).first() is not None]


def _sound() -> None:
    make_account(role=Role.COOPERATIVE_MANAGER, scope=make_cooperative().id)
    make_account(role=Role.OFFICE_OFFICER, scope=office_of("331122").id)
    bureau = make_buying_unit(name="示例教育局 · 缙云", kind="public_body")
    school = make_buying_unit(parent_id=bureau.id, canteen="shared", canteen_filed_by_id=bureau.id)
    make_account(role=Role.BUYING_UNIT_CLERK, scope=school.id)
    make_account(role=Role.OUTLET_OPERATOR, scope=make_outlet().id)


def _circle() -> None:
    one = make_buying_unit()
    two = make_buying_unit(parent_id=one.id)
    three = make_buying_unit(parent_id=two.id)
    db.session.flush()
    one.parent_id = three.id


def _filer_without_canteen() -> None:
    filer = make_buying_unit(canteen="none")
    make_buying_unit(canteen="shared", canteen_filed_by_id=filer.id)


def _misplaced_office() -> None:
    db.session.execute(
        text("update offices set parent_id = :id where region_code = '331122'"),
        {"id": office_of("511900").id},
    )


def _wrong_path() -> None:
    statement = "update regions set path = '{130000,130200,130125}' where code = '130125'"
    db.session.execute(text(statement))


FAULTS: list[tuple[Callable[[], object], str]] = [
    (lambda: make_account(role=Role.COOPERATIVE_MANAGER), "在任身份所指的合作社都存在"),
    (lambda: make_account(role=Role.OFFICE_OFFICER), "在任身份所指的对口办都存在"),
    (lambda: make_account(role=Role.BUYING_UNIT_CLERK), "在任身份所指的采购单位都存在"),
    (lambda: make_account(role=Role.OUTLET_OPERATOR), "在任身份所指的网点都存在"),
    (_circle, "采购单位的上级关系不成环"),
    (_filer_without_canteen, "共用食堂的申报单位自行申报食堂采购"),
    (_misplaced_office, "对口办的上下级与行政区划一致，结对双方都有对口办"),
    (_wrong_path, "行政区划的路径等于上级路径加自身"),
]


class TestInvariants:
    def test_are_silent_on_sound_rows(self) -> None:
        _sound()
        assert broken() == []

    @pytest.mark.parametrize(("plant", "title"), FAULTS, ids=[title for _, title in FAULTS])
    def test_speak_when_a_fault_is_planted(self, plant: Callable[[], object], title: str) -> None:
        _sound()
        plant()
        assert broken() == [title]

    def test_have_a_fault_planted_each(self) -> None:
        assert {title for _, title in FAULTS} == {each.title for each in ALL}
