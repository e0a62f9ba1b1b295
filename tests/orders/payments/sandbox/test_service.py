"""The sandbox keeps the promises of a real provider, and breaks them only by its switches."""

import uuid
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from flask.testing import FlaskClient

from marketplace import clock
from marketplace.database import db
from marketplace.identity.actor import SYSTEM, Actor
from marketplace.ids import new_id
from orders.payments import calls, refunds
from orders.payments.models import PaymentAttempt, Refund, RefundState
from orders.payments.sandbox import service
from orders.payments.sandbox.database import own_transaction
from orders.payments.sandbox.movements import list_movements
from orders.payments.sandbox.switches import SCENARIOS, Switches, get_switches, set_switches
from tests.factories.payments import list_orders, make_trade, take_notices

MERCHANT = "jiedui"


def open_payment(attempt_id: uuid.UUID, amount: int = 7000) -> str:
    return service.open_payment(
        merchant=MERCHANT,
        merchant_reference=attempt_id,
        number="FK1",
        amount=amount,
        currency="CNY",
        subject="结对集市 FK1",
        return_url="http://localhost/payments/1",
        notify_url="http://localhost/webhooks/sandbox",
    )


def refund(attempt_id: uuid.UUID, amount: int, refund_id: uuid.UUID | None = None) -> str:
    made = service.refund_payment(
        merchant=MERCHANT,
        merchant_reference=attempt_id,
        refund_id=refund_id or new_id(),
        amount=amount,
        currency="CNY",
    )
    return made.standing


def charge(amount: int = 7000) -> uuid.UUID:
    attempt_id = new_id()
    assert service.confirm_payment(open_payment(attempt_id, amount))
    return attempt_id


class TestOpenPayment:
    def test_opens_one_payment_for_one_reference(self) -> None:
        attempt_id = new_id()
        assert open_payment(attempt_id) == open_payment(attempt_id)

    def test_refuses_another_amount_under_the_same_reference(self) -> None:
        attempt_id = new_id()
        open_payment(attempt_id)
        with pytest.raises(service.SandboxRefusal):
            open_payment(attempt_id, 6999)

    def test_has_opened_it_although_the_answer_is_lost(self) -> None:
        attempt_id = new_id()
        set_switches(attempt_id, Switches(times_out_on=("open",)))
        with pytest.raises(service.SandboxTimeout):
            open_payment(attempt_id)
        assert service.find_payment(MERCHANT, attempt_id) is not None


class TestConfirmPayment:
    def test_charges_once(self) -> None:
        attempt_id = charge()
        payment = service.find_payment(MERCHANT, attempt_id)
        assert payment is not None
        assert service.confirm_payment(payment.reference)
        assert len(take_notices()) == 1

    def test_does_not_charge_what_is_closed(self) -> None:
        attempt_id = new_id()
        reference = open_payment(attempt_id)
        closed = service.close_payment(MERCHANT, attempt_id)
        assert closed is not None
        assert closed.state == "closed"
        assert not service.confirm_payment(reference)

    def test_knows_no_made_up_reference(self) -> None:
        assert not service.confirm_payment("pay_made_up")


class TestClosePayment:
    def test_leaves_a_charged_payment_charged(self) -> None:
        payment = service.close_payment(MERCHANT, charge())
        assert payment is not None
        assert payment.state == "charged"

    def test_knows_no_payment_that_was_never_opened(self) -> None:
        assert service.close_payment(MERCHANT, new_id()) is None


class TestRefundPayment:
    def test_refuses_more_than_was_charged(self) -> None:
        attempt_id = charge(7000)
        refund(attempt_id, 4000)
        with pytest.raises(service.SandboxRefusal, match="more than is left"):
            refund(attempt_id, 3001)
        refund(attempt_id, 3000)

    def test_is_one_refund_for_one_id(self) -> None:
        attempt_id, refund_id = charge(7000), new_id()
        for _ in range(3):
            refund(attempt_id, 4000, refund_id)
        payment = service.find_payment(MERCHANT, attempt_id)
        assert payment is not None
        assert payment.refunded == 4000

    def test_refuses_the_same_id_with_another_amount(self) -> None:
        attempt_id, refund_id = charge(7000), new_id()
        refund(attempt_id, 4000, refund_id)
        with pytest.raises(service.SandboxRefusal, match="another amount"):
            refund(attempt_id, 4001, refund_id)

    def test_refuses_what_was_never_charged(self) -> None:
        attempt_id = new_id()
        open_payment(attempt_id)
        with pytest.raises(service.SandboxRefusal, match="nothing was charged"):
            refund(attempt_id, 1)

    def test_is_on_its_way_before_it_is_done(self) -> None:
        assert refund(charge(), 1) == "pending"

    def test_may_fail_and_then_moves_nothing(self) -> None:
        attempt_id = charge()
        set_switches(attempt_id, Switches(refuses_refunds=True, delay_ms=0))
        assert refund(attempt_id, 1) == "failed"
        payment = service.find_payment(MERCHANT, attempt_id)
        assert payment is not None
        assert payment.refunded == 0


class TestScenariosOfRefunds:
    """What a developer chooses on the hosted page, seen from the shop."""

    def refunded(self, scenario: str) -> Refund:
        """Pay in a scenario and have all of it refunded."""
        trade = make_trade(5800)
        attempt_id = calls.start_payment(Actor(id=trade.account_id), trade.id, "sandbox")
        set_switches(attempt_id, replace(SCENARIOS[scenario][1], delay_ms=0))
        attempt = db.session.get_one(PaymentAttempt, attempt_id, populate_existing=True)
        service.confirm_payment(attempt.provider_reference or "")
        calls.poll_attempt(attempt_id)
        [order] = list_orders(trade)
        refund = refunds.request_refund(order, amount_fen=5800, cause_id=new_id(), actor=SYSTEM)
        calls.send_refund(refund.id)
        return refund

    def again(self, refund: Refund) -> RefundState:
        refunds.try_again(refund)
        calls.send_refund(refund.id)
        db.session.refresh(refund)
        return refund.state

    def test_one_is_refused_and_works_when_tried_again(self) -> None:
        refund = self.refunded("refund_refused")
        db.session.refresh(refund)
        assert (refund.state, refund.failure) == (RefundState.FAILED, "declined")
        assert self.again(refund) is RefundState.SUCCEEDED

    def test_one_comes_back_and_stays_when_sent_again(
        self, client: FlaskClient, travel: Callable[[datetime], None]
    ) -> None:
        start = clock.now()
        refund = self.refunded("refund_returned")
        db.session.refresh(refund)
        assert refund.state is RefundState.SUCCEEDED
        travel(clock.now() + timedelta(seconds=11))
        for notice in take_notices():
            notice.post(client)
        db.session.refresh(refund)
        assert (refund.state, refund.failure) == (RefundState.FAILED, "declined")
        assert self.again(refund) is RefundState.SUCCEEDED
        moved = list_movements(MERCHANT, start, clock.now() + timedelta(days=1))
        amounts = [(each.kind, each.amount) for each in moved if each.subject_id == refund.id]
        assert sorted(amounts) == [("refund", -5800), ("refund", -5800), ("refund_failure", 5800)]


class TestGetSwitches:
    def test_are_off_until_set(self) -> None:
        attempt_id = new_id()
        chosen = Switches(copies=3, times_out_on=("close", "refund"), charges_currency="USD")
        with own_transaction() as connection:
            assert get_switches(connection, attempt_id) == Switches()
        set_switches(attempt_id, chosen)
        with own_transaction() as connection:
            assert get_switches(connection, attempt_id) == chosen
