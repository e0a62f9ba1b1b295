"""Addresses: sealed, bounded, with one default a book, shared among a unit's clerks only."""

import pytest
from sqlalchemy import func, select, text

from marketplace.audit import AuditEntry
from marketplace.database import db, transaction
from marketplace.identity.actor import Actor
from marketplace.permissions import Role
from orders.addresses import service
from orders.addresses.errors import (
    AddressBookFull,
    AddressNotFound,
    AddressRegionUnknown,
    AddressUnitNotYours,
)
from orders.addresses.models import Address
from orders.addresses.service import Details, keep_address, list_seen
from orders.shared_books.models import MOST
from partners.regions.queries import tree
from tests.conftest import Committed
from tests.factories.addresses import DONGYANG, make_address
from tests.factories.identity import make_actor
from tests.factories.partners import make_buying_unit

DETAILS = Details(name="示例收货人", phone="13800000000", address="示例路 1 号")


@pytest.fixture
def shopper() -> Actor:
    return make_actor()


def defaults(actor: Actor) -> list[str]:
    return [one.details.name for one in list_seen(actor) if one.row.is_default]


class TestAddAddress:
    def test_seals_every_word_of_the_person(self, shopper: Actor) -> None:
        make_address(shopper, name="示例甲", label="示例食堂")
        stored = db.session.execute(text("select addresses::text from addresses")).scalar_one()
        assert "示例" not in stored
        assert "13800000000" not in stored
        assert list_seen(shopper)[0].details.label == "示例食堂"

    def test_keeps_the_person_out_of_the_audit_trail(self, shopper: Actor) -> None:
        address = make_address(shopper)
        entry = db.session.scalars(
            select(AuditEntry).where(AuditEntry.subject_id == str(address.id))
        ).one()
        assert entry.action == "address.added"
        assert "示例" not in str(entry.after)

    def test_makes_the_first_the_default_and_a_later_one_if_asked(self, shopper: Actor) -> None:
        make_address(shopper, name="甲")
        make_address(shopper, name="乙")
        assert defaults(shopper) == ["甲"]
        make_address(shopper, name="丙", is_default=True)
        assert defaults(shopper) == ["丙"]

    def test_reads_a_former_code_as_what_became_of_it(self, shopper: Actor) -> None:
        # 宣化县 130721 is 宣化区 130705 since 2016.
        assert "130721" not in tree()
        assert make_address(shopper, region_code="130721").region_code == "130705"

    @pytest.mark.parametrize("code", ["999999", "330000", "330700"])
    def test_refuses_what_is_no_county(self, shopper: Actor, code: str) -> None:
        with pytest.raises(AddressRegionUnknown):
            make_address(shopper, region_code=code)

    def test_refuses_more_than_a_book_holds(self, shopper: Actor) -> None:
        for number in range(MOST):
            make_address(shopper, address=f"示例路 {number} 号")
        with pytest.raises(AddressBookFull):
            make_address(shopper)
        assert keep_address(shopper, DETAILS, region_code=DONGYANG) is False

    def test_two_at_once_leave_one_default_and_no_more_than_the_book_holds(
        self, committed: Committed
    ) -> None:
        with committed.context(), transaction():
            shopper = make_actor()
            for number in range(MOST - 2):
                make_address(shopper, address=f"示例路 {number} 号")

        def add() -> None:
            with transaction():
                service.add_address(shopper, DETAILS, region_code=DONGYANG, is_default=True)

        results = committed.in_parallel(add, add, add, add)
        assert [type(one) for one in results if one is not None] == [AddressBookFull] * 2
        with committed.context():
            assert db.session.scalar(select(func.count()).select_from(Address)) == MOST
            assert len(defaults(shopper)) == 1


class TestSharedAddresses:
    def test_are_used_and_changed_by_every_clerk_of_the_unit_and_by_nobody_else(
        self, shopper: Actor
    ) -> None:
        unit = make_buying_unit()
        first, second = (make_actor(Role.BUYING_UNIT_CLERK, unit.id) for _ in range(2))
        address = make_address(first, buying_unit_id=unit.id)
        assert [one.unit_name for one in list_seen(second)] == ["示例小学 · 缙云"]
        service.make_default(second, address.id)
        with pytest.raises(AddressNotFound):
            service.get_seen(shopper, address.id)
        service.remove_address(second, address.id)
        assert list_seen(first) == []

    def test_are_not_added_by_who_does_not_buy_for_the_unit(self, shopper: Actor) -> None:
        with pytest.raises(AddressUnitNotYours):
            make_address(shopper, buying_unit_id=make_buying_unit().id)

    def test_are_not_added_to_a_closed_unit(self) -> None:
        unit = make_buying_unit(state="closed")
        clerk = make_actor(Role.BUYING_UNIT_CLERK, unit.id)
        with pytest.raises(AddressUnitNotYours):
            make_address(clerk, buying_unit_id=unit.id)


class TestKeepAddress:
    def test_keeps_what_is_new_and_nothing_twice(self, shopper: Actor) -> None:
        assert keep_address(shopper, DETAILS, region_code=DONGYANG) is True
        assert keep_address(shopper, DETAILS, region_code=DONGYANG) is False
        assert len(list_seen(shopper)) == 1


class TestRemoveAddress:
    def test_hands_the_default_on_to_the_newest(self, shopper: Actor) -> None:
        first = make_address(shopper, name="甲")
        make_address(shopper, name="乙")
        make_address(shopper, name="丙")
        service.remove_address(shopper, first.id)
        assert defaults(shopper) == ["丙"]
