"""Money of no sale: two officers say what it is, it is booked once, and its day agrees."""

from collections.abc import Callable
from datetime import datetime

import pytest

from marketplace import clock
from marketplace.database import transaction
from marketplace.identity.actor import Actor
from orders.bank_entries import service as bank
from orders.bank_entries.models import EntryState, MatchKind
from orders.direct_bookings import queries, service
from orders.direct_bookings.errors import (
    BookedAlready,
    BookingAlreadyDecided,
    BookingConfirmedBySameOfficer,
    NotBookable,
    PurposeUnfit,
)
from orders.direct_bookings.models import BookingState, DirectBooking
from orders.journal.direct_entries import Purpose
from orders.journal.entries import provider_owner
from orders.journal.models import AccountKind
from orders.journal.queries import get_balance
from orders.reconciliation import matching
from orders.reconciliation.errors import AlreadyMatched
from orders.reconciliation.models import Difference, Item, ReconciliationRun
from orders.reconciliation.queries import get_run
from orders.reconciliation.standing import Standing, cell_of
from tests.conftest import Committed
from tests.factories.bank import bank_entries, bring_in, make_officers, receipt
from tests.orders.invariants import broken
from tests.orders.reconciliation.conftest import NEXT_MORNING, noon, provider, shop, stripe
from tests.orders.reconciliation.days import differences, opened, reconcile, sell
from tests.stripe_server import FakeStripe

__all__ = ["noon", "provider", "shop", "stripe"]

WHY = "账户管理费，见银行回单"
Officers = tuple[Actor, Actor]


def charge(officers: Officers) -> tuple[ReconciliationRun, Difference]:
    """The bank takes fifteen yuan for keeping the account; its statement comes next morning."""
    row = receipt(1_500, "账户管理费", serial="FEE001", out=True, name="")
    with clock.travel(NEXT_MORNING):
        bring_in(officers[0], row)
    run = reconcile("bank")
    [difference] = differences(run)
    return run, difference


@pytest.fixture
def officers() -> Officers:
    return make_officers()


def balance(account: AccountKind) -> int:
    return get_balance(account)


class TestABankCharge:
    def test_is_booked_by_two_and_its_day_agrees(
        self, officers: Officers, run_jobs: Callable[[], None]
    ) -> None:
        run, difference = charge(officers)
        assert queries.list_purposes(difference) == queries.AT_BANK
        with pytest.raises(PurposeUnfit):
            propose(officers[0], difference, Purpose.PROVIDER_FEE)

        booking = propose(officers[0], difference)
        with pytest.raises(BookedAlready):
            propose(officers[1], difference)
        with pytest.raises(BookingConfirmedBySameOfficer):
            service.confirm_booking(officers[0], booking.id)
        assert (balance(AccountKind.BANK), opened(run)) == (0, ["outgoing_unmatched"])
        with clock.travel(NEXT_MORNING):
            service.confirm_booking(officers[1], booking.id)
            run_jobs()

        assert (balance(AccountKind.BANK), balance(AccountKind.BANK_CHARGES)) == (-1_500, 1_500)
        assert cell_of(get_run(run.id)).standing is Standing.GREEN
        with pytest.raises(BookingAlreadyDecided):
            service.confirm_booking(officers[1], booking.id)
        with pytest.raises(NotBookable):
            propose(officers[0], differences(run)[0])
        assert broken() == []

    def test_that_is_refused_stays_open(self, officers: Officers) -> None:
        _, difference = charge(officers)
        refused = service.reject_booking(officers[1], propose(officers[0], difference).id)

        assert (refused.state, balance(AccountKind.BANK)) == (BookingState.REJECTED, 0)
        assert opened(reconcile("bank")) == ["outgoing_unmatched"]
        confirm(officers, difference, Purpose.OTHER)
        assert balance(AccountKind.OTHER_LOSSES) == 1_500
        assert cell_of(reconcile("bank")).standing is Standing.GREEN
        assert broken() == []

    def test_is_no_payment_of_ours_meanwhile(self, officers: Officers) -> None:
        _, difference = charge(officers)
        propose(officers[0], difference)
        assert matching.match_by_rule() == 0
        with pytest.raises(AlreadyMatched):
            matching.match_by_officer(
                officers[1], difference.subject_id, item=Item.PAYOUT, subject_id=difference.id
            )


@pytest.mark.usefixtures("shop")
class TestAProvidersCorrection:
    def test_is_booked_against_its_balance(self, stripe: FakeStripe, officers: Officers) -> None:
        sell(stripe, 5_000)
        stripe.balance.record("adjustment", 30, None)
        stripe.balance.record("adjustment", -20, None)
        run = reconcile()
        given, taken = sorted(differences(run), key=lambda one: one.gap_fen, reverse=True)

        confirm(officers, given, Purpose.PROVIDER_FEE)
        confirm(officers, taken, Purpose.OWN_FUNDS)

        again = reconcile()
        assert (again.provider_fen, again.booked_fen) == (5_010, 5_010)
        assert cell_of(again).standing is Standing.GREEN
        assert get_balance(AccountKind.PROVIDER_FEE, provider_owner("stripe")) == -30
        assert balance(AccountKind.OWN_FUNDS) == 20
        assert broken() == []


class TestAReceipt:
    def test_is_interest_and_the_platforms_own_money_in_parts(self, officers: Officers) -> None:
        bring_in(officers[0], receipt(1_000, "结息"))
        [entry] = bank_entries()
        interest = bank.propose_direct(
            officers[0], entry.id, MatchKind.INTEREST, reason=WHY, amount_fen=400
        )
        own = bank.propose_direct(officers[1], entry.id, MatchKind.OWN_FUNDS, reason=WHY)
        bank.confirm_match(officers[1], interest.id)
        bank.confirm_match(officers[0], own.id)

        assert [one.state for one in bank_entries()] == [EntryState.IDENTIFIED]
        held = [balance(AccountKind.INTEREST), balance(AccountKind.OWN_FUNDS)]
        assert (held, balance(AccountKind.UNIDENTIFIED_RECEIPTS)) == ([-400, -600], 0)
        assert broken() == []


class TestTwoAtOnce:
    def test_book_once(self, committed: Committed, travel: Callable[[datetime], None]) -> None:
        with committed.context(), transaction():
            officers = make_officers()
            third = make_officers()[0]
            _, difference = charge(officers)
            booking_id = propose(officers[0], difference).id
        travel(NEXT_MORNING)

        def confirm_by(officer: Actor) -> None:
            with transaction():
                service.confirm_booking(officer, booking_id)

        ends = committed.in_parallel(
            *[lambda officer=officer: confirm_by(officer) for officer in (officers[1], third) * 2]
        )

        assert sorted(type(end) is BookingAlreadyDecided for end in ends) == [False] + [True] * 3
        with committed.context():
            assert balance(AccountKind.BANK) == -1_500
            assert broken() == []


def propose(
    officer: Actor, difference: Difference, purpose: Purpose = Purpose.BANK_CHARGE
) -> DirectBooking:
    return service.propose_booking(officer, difference.id, purpose=purpose, reason=WHY)


def confirm(officers: Officers, difference: Difference, purpose: Purpose) -> None:
    with clock.travel(NEXT_MORNING):
        service.confirm_booking(officers[1], propose(officers[0], difference, purpose).id)
