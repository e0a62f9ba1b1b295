"""The sandbox keeps the promises of a real provider, and breaks them only by its switches."""

import uuid

import pytest

from marketplace.ids import new_id
from orders.payments.sandbox import service
from orders.payments.sandbox.database import own_transaction
from orders.payments.sandbox.switches import Switches, get_switches, set_switches
from tests.factories.payments import take_notices

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
    _, standing, _ = service.refund_payment(
        merchant=MERCHANT,
        merchant_reference=attempt_id,
        refund_id=refund_id or new_id(),
        amount=amount,
        currency="CNY",
    )
    return standing


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


class TestGetSwitches:
    def test_are_off_until_set(self) -> None:
        attempt_id = new_id()
        chosen = Switches(copies=3, times_out_on=("close", "refund"), charges_currency="USD")
        with own_transaction() as connection:
            assert get_switches(connection, attempt_id) == Switches()
        set_switches(attempt_id, chosen)
        with own_transaction() as connection:
            assert get_switches(connection, attempt_id) == chosen
