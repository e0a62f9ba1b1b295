"""The bank's entries against what we know: receipts, refunds by the bank, and payments made twice."""

from collections.abc import Callable

import pytest

from marketplace import clock
from marketplace.identity.actor import Actor
from orders.bank_refunds import queries as lists
from orders.bank_refunds import service as bank_refunds
from orders.bank_refunds.models import BankRefund
from orders.payouts.bank_files import AMOUNT, FAILURE, NUMBER, RESULT, SERIAL
from orders.reconciliation import queries, service
from orders.reconciliation.errors import AlreadyMatched, PaymentOutUnknown
from orders.reconciliation.models import DifferenceState, Item, ReconciliationRun, RunState
from orders.reconciliation.standing import Standing, cell_of
from tests.factories.bank import (
    announce,
    bring_in,
    code_of,
    make_clerk,
    make_officers,
    receipt,
    receive,
)
from tests.factories.orders import make_market
from tests.orders.invariants import broken
from tests.orders.reconciliation.conftest import NEXT_MORNING
from tests.orders.reconciliation.days import differences, reconcile, seen, steps

BACK = 1_400
Officers = tuple[Actor, Actor]


@pytest.fixture
def officers() -> Officers:
    return make_officers()


@pytest.fixture
def payment(officers: Officers) -> BankRefund:
    """A unit transferred 14 yuan too much; a released list sends them back."""
    market = make_market()
    trade = announce(make_clerk().actor, [(market.mutton, 2)])
    receive(officers, trade, 11_600 + BACK)
    made = bank_refunds.make_list(officers[0])
    bank_refunds.release_list(officers[1], made.id)
    [waiting] = lists.list_payments(made)
    return waiting


def answer(officer: Actor, payment: BankRefund, serial: str) -> None:
    """Read the bank's word that it paid."""
    head = [NUMBER, AMOUNT, RESULT, SERIAL, FAILURE]
    row = [payment.payment_no, f"{payment.amount_fen / 100:.2f}", "成功", serial, ""]
    bank_refunds.read_results(officer, payment.list_id, [head, row])


def out(serial: str, remark: str = "", fen: int = BACK) -> list[str]:
    return receipt(fen, remark, serial=serial, out=True)


def reconcile_bank(officer: Actor, *rows: list[str]) -> ReconciliationRun:
    """Import the day's last entries on the next morning, and compare it."""
    with clock.travel(NEXT_MORNING):
        bring_in(officer, *rows)
    return reconcile("bank")


class TestTheBanksDay:
    def test_waits_for_the_statement(self, officers: Officers, payment: BankRefund) -> None:
        run = reconcile("bank")
        assert (run.state, run.failure) == (RunState.FAILED, "not_imported")
        assert cell_of(run).standing is Standing.FAILED

    def test_agrees_by_the_banks_serial(self, officers: Officers, payment: BankRefund) -> None:
        answer(officers[0], payment, "OUT00001")

        run = reconcile_bank(officers[0], out("OUT00001"))

        assert seen(run) == []
        assert (run.provider_fen, run.booked_fen) == (11_600, 11_600)
        assert cell_of(run).standing is Standing.GREEN
        assert broken() == []

    def test_agrees_by_our_number_in_the_remark(
        self, officers: Officers, payment: BankRefund
    ) -> None:
        answer(officers[0], payment, "ANSWER01")
        run = reconcile_bank(officers[0], out("ENTRY001", f"退款{payment.payment_no}"))
        assert seen(run) == []

    def test_tells_what_the_bank_paid_twice(self, officers: Officers, payment: BankRefund) -> None:
        answer(officers[0], payment, "OUT00001")

        run = reconcile_bank(
            officers[0], out("OUT00001"), out("OUT00002", f"退款{payment.payment_no}")
        )

        assert seen(run) == [("paid_twice", "open", -BACK, None, None, -BACK)]
        assert cell_of(run).standing is Standing.RED
        [twice] = differences(run)
        service.close_difference(officers[0], twice.id, reason="已由银行追回", version=1)
        assert cell_of(queries.get_run(run.id)).standing is Standing.CLOSED
        assert broken() == []

    def test_tells_what_the_bank_did_not_pay(self, officers: Officers, payment: BankRefund) -> None:
        answer(officers[0], payment, "OUT00001")
        run = reconcile_bank(officers[0], out("FEE00001", "账户管理费", 500))
        assert sorted(seen(run)) == [
            ("not_at_bank", "open", None, None, -BACK, BACK),
            ("outgoing_unmatched", "open", -500, None, None, -500),
        ]

    def test_tells_that_the_answer_was_not_read(
        self, officers: Officers, payment: BankRefund
    ) -> None:
        run = reconcile_bank(officers[0], out("OUT00001", payment.payment_no))
        assert seen(run) == [("answer_missing", "open", -BACK, None, None, -BACK)]

        answer(officers[0], payment, "OUT00001")
        again = reconcile("bank")
        assert [found[:2] for found in seen(again)] == [("answer_missing", "settled")]

    def test_a_receipt_waits_until_somebody_says_what_it_is(self, officers: Officers) -> None:
        market = make_market()
        trade = announce(make_clerk().actor, [(market.mutton, 2)])
        bring_in(officers[0], receipt(11_600, name="没见过的单位"))
        run = reconcile_bank(officers[0], receipt(11_600, code_of(trade)))

        assert {found[:2] for found in seen(run)} == {("receipt_unidentified", "open")}
        assert cell_of(run).standing is Standing.AMBER


class TestMatchDifference:
    def test_an_officer_says_which_payment_it_was(
        self, officers: Officers, payment: BankRefund, run_jobs: Callable[[], None]
    ) -> None:
        answer(officers[0], payment, "ANSWER01")
        run = reconcile_bank(officers[0], out("ENTRY001", "往来款"))
        unmatched = next(d for d in differences(run) if d.item is Item.BANK_ENTRY)
        missing = next(d for d in differences(run) if d.item is Item.BANK_REFUND)
        match = {"item": Item.BANK_REFUND, "subject_id": payment.id}

        with pytest.raises(PaymentOutUnknown):
            service.match_difference(
                officers[0], unmatched.id, item=Item.PAYOUT, subject_id=payment.id
            )
        with clock.travel(NEXT_MORNING):
            service.match_difference(officers[0], unmatched.id, **match)
            run_jobs()

        assert {d.state for d in differences(run)} == {DifferenceState.SETTLED}
        assert steps(unmatched) == steps(missing) == ["found", "settled"]
        assert cell_of(queries.get_run(run.id)).standing is Standing.GREEN
        assert broken() == []

        with clock.travel(NEXT_MORNING), pytest.raises(AlreadyMatched):
            service.match_difference(officers[1], unmatched.id, **match)
        with clock.travel(NEXT_MORNING):
            service.unmatch_difference(officers[1], missing.id)
            run_jobs()
        assert {d.state for d in differences(run)} == {DifferenceState.OPEN}
        assert steps(unmatched) == ["found", "settled", "reopened"]
