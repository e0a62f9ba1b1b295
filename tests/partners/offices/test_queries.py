"""What lies in an office's region."""

import pytest
from sqlalchemy import select

from marketplace.database import db
from marketplace.identity.actor import ANONYMOUS, Actor
from marketplace.ids import new_id
from marketplace.permissions import Permission, Role
from partners.offices.errors import OfficeUnknown
from partners.offices.queries import find_governing_office, get_office, governed_by
from partners.regions.models import Region
from tests.factories.identity import make_actor
from tests.factories.partners import PLATFORM_ADMIN, office_of

READ = Permission.COOPERATIVE_READ


def officer_of(region_code: str) -> Actor:
    return make_actor(Role.OFFICE_OFFICER, office_of(region_code).id)


def governs(actor: Actor, code: str) -> bool:
    statement = select(Region.code).where(
        Region.code == code, governed_by(actor, READ, Region.code)
    )
    return db.session.scalar(statement) is not None


class TestGovernedBy:
    @pytest.mark.parametrize(
        ("office", "code", "reaches"),
        [
            ("511922", "511922", True),
            ("511900", "511922", True),
            ("510000", "511922", True),
            ("511922", "511921", False),
            ("511922", "511900", False),
            ("331100", "511922", False),
        ],
    )
    def test_an_office_reaches_down_and_never_sideways_or_up(
        self, office: str, code: str, reaches: bool
    ) -> None:
        assert governs(officer_of(office), code) is reaches

    def test_the_platform_reaches_everything_and_a_stranger_nothing(self) -> None:
        assert governs(PLATFORM_ADMIN, "511922")
        assert not governs(ANONYMOUS, "511922")
        assert not governs(make_actor(), "511922")

    def test_a_permission_that_the_role_lacks_reaches_nothing(self) -> None:
        officer = officer_of("511922")
        reached = governed_by(officer, Permission.COOPERATIVE_APPROVE, Region.code)
        assert db.session.scalars(select(Region.code).where(reached)).all() == []


class TestFindGoverningOffice:
    def test_is_the_nearest_one_of_the_actor(self) -> None:
        officer = officer_of("511900")
        found = find_governing_office(officer, READ, "511922")
        assert found is not None
        assert found.region_code == "511900"
        assert find_governing_office(officer, READ, "331122") is None


class TestGetOffice:
    def test_raises_for_an_unknown_id(self) -> None:
        with pytest.raises(OfficeUnknown):
            get_office(new_id())
