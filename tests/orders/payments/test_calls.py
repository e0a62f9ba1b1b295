"""The steps around a provider, with a sandbox that loses its answers."""

import uuid

import pytest

from marketplace import clock
from marketplace.database import db
from marketplace.identity.actor import SYSTEM, Actor
from marketplace.ids import new_id
from orders.payments import calls, queries, refunds, service
from orders.payments.errors import ProviderNotOffered
from orders.payments.models import PaymentAttempt, PaymentOutcome, PaymentState, RefundState
from orders.payments.sandbox import service as sandbox
from orders.payments.sandbox.adapter import MERCHANT
from orders.payments.sandbox.switches import Switches, set_switches
from orders.trades import service as trades
from orders.trades.models import Trade
from orders.trades.states import CANCEL_TRADE, TradeState
from tests.factories.payments import (
    PROVIDER,
    list_orders,
    make_trade,
    start_attempt,
    take_notices,
)


def start(trade: Trade) -> PaymentAttempt:
    attempt_id = calls.start_payment(Actor(id=trade.account_id), trade.id, PROVIDER)
    return get(attempt_id)


def get(attempt_id: uuid.UUID) -> PaymentAttempt:
    return db.session.get_one(PaymentAttempt, attempt_id, populate_existing=True)


def confirm(attempt: PaymentAttempt) -> None:
    assert attempt.provider_reference is not None
    assert sandbox.confirm_payment(attempt.provider_reference)


class TestStartPayment:
    def test_tells_where_to_pay(self) -> None:
        attempt = start(make_trade())
        assert attempt.state is PaymentState.PENDING
        assert attempt.redirect_url == (
            f"http://localhost/sandbox/pay/{attempt.provider_reference}"
        )

    def test_goes_on_with_the_same_payment(self) -> None:
        trade = make_trade()
        assert start(trade).provider_reference == start(trade).provider_reference

    def test_refuses_a_provider_that_is_not_offered(self) -> None:
        trade = make_trade()
        with pytest.raises(ProviderNotOffered):
            calls.start_payment(Actor(id=trade.account_id), trade.id, "bitcoin")

    def test_leaves_the_attempt_to_the_jobs_when_the_answer_is_lost(self) -> None:
        trade = make_trade()
        attempt = start_attempt(trade)
        set_switches(attempt.id, Switches(times_out_on=("open",)))
        assert start(trade).state is PaymentState.CREATED
        set_switches(attempt.id, Switches())
        calls.poll_attempt(attempt.id)
        assert get(attempt.id).state is PaymentState.PENDING


class TestPollAttempt:
    def test_finds_a_payment_of_which_no_notice_came(self) -> None:
        trade = make_trade()
        attempt = start(trade)
        set_switches(attempt.id, Switches(is_silent=True))
        confirm(attempt)
        assert take_notices() == []
        calls.poll_attempt(attempt.id)
        assert get(attempt.id).outcome is PaymentOutcome.ACCEPTED
        assert db.session.get_one(Trade, trade.id).state is TradeState.PAID

    def test_finds_that_the_provider_timed_out_after_it_had_charged(self) -> None:
        trade = make_trade()
        attempt = start_attempt(trade)
        set_switches(attempt.id, Switches(charges_on_open=True, times_out_on=("open",)))
        assert start(trade).state is PaymentState.CREATED
        set_switches(attempt.id, Switches())
        calls.poll_attempt(attempt.id)
        assert get(attempt.id).outcome is PaymentOutcome.ACCEPTED

    def test_waits_while_the_provider_is_out_of_reach(self) -> None:
        attempt = start(make_trade())
        set_switches(attempt.id, Switches(times_out_on=("look_up",)))
        confirm(attempt)
        calls.poll_attempt(attempt.id)
        assert get(attempt.id).state is PaymentState.PENDING
        assert attempt.next_poll_at > clock.now()

    def test_closes_what_nobody_waits_for(self) -> None:
        trade = make_trade()
        attempt = start(trade)
        trades.close_trade(trade.id, CANCEL_TRADE)
        calls.poll_attempt(attempt.id)
        assert get(attempt.id).state is PaymentState.CLOSED
        assert not sandbox.confirm_payment(attempt.provider_reference or "")

    def test_learns_of_a_refusal(self) -> None:
        attempt = start(make_trade())
        sandbox.decline_payment(attempt.provider_reference or "")
        calls.poll_attempt(attempt.id)
        assert get(attempt.id).state is PaymentState.FAILED


class TestCloseAttempts:
    def test_closes_what_could_still_be_paid(self) -> None:
        trade = make_trade()
        attempt = start(trade)
        assert calls.close_attempts(trade.id)
        assert get(attempt.id).state is PaymentState.CLOSED

    def test_settles_what_was_paid_meanwhile(self) -> None:
        trade = make_trade()
        confirm(start(trade))
        assert calls.close_attempts(trade.id)
        assert db.session.get_one(Trade, trade.id).state is TradeState.PAID

    def test_closes_what_the_provider_never_heard_of(self) -> None:
        trade = make_trade()
        attempt = start_attempt(trade)
        assert calls.close_attempts(trade.id)
        assert get(attempt.id).state is PaymentState.CLOSED

    def test_says_that_the_money_may_still_come(self) -> None:
        trade = make_trade()
        attempt = start(trade)
        set_switches(attempt.id, Switches(times_out_on=("close",)))
        assert not calls.close_attempts(trade.id)
        assert get(attempt.id).state is PaymentState.PENDING

    def test_does_not_lose_a_charge_that_comes_after_the_close(self) -> None:
        trade = make_trade(7000)
        attempt = start(trade)
        set_switches(attempt.id, Switches(charges_when_closed=True))
        assert calls.close_attempts(trade.id)
        trades.close_trade(trade.id, CANCEL_TRADE)
        confirm(get(attempt.id))
        facts = calls.get_provider(PROVIDER).look_up(calls.request_of(attempt))
        assert facts is not None
        service.settle_payment(PROVIDER, facts)
        assert get(attempt.id).outcome is PaymentOutcome.TRADE_CANCELLED
        (refund,) = queries.list_refunds(attempt)
        calls.send_refund(refund.id)
        db.session.refresh(refund)
        assert refund.state is RefundState.SENT


class TestSendRefund:
    def pay(self) -> PaymentAttempt:
        trade = make_trade(7000)
        attempt = start(trade)
        confirm(attempt)
        calls.poll_attempt(attempt.id)
        return get(attempt.id)

    def request(self, attempt: PaymentAttempt, amount_fen: int) -> uuid.UUID:
        (order,) = list_orders(db.session.get_one(Trade, attempt.trade_id))
        return refunds.request_refund(
            order, amount_fen=amount_fen, cause_id=new_id(), actor=SYSTEM
        ).id

    def state_of(self, refund_id: uuid.UUID) -> RefundState:
        refund = queries.lock_refund(refund_id)
        assert refund is not None
        return refund.state

    def test_is_on_its_way_until_the_provider_says_so(self) -> None:
        attempt = self.pay()
        refund_id = self.request(attempt, 800)
        calls.send_refund(refund_id)
        assert self.state_of(refund_id) is RefundState.SENT

    def test_is_done_once_asked_again(self) -> None:
        attempt = self.pay()
        set_switches(attempt.id, Switches(delay_ms=0))
        refund_id = self.request(attempt, 800)
        calls.send_refund(refund_id)
        assert self.state_of(refund_id) is RefundState.SUCCEEDED

    def test_gives_back_once_although_the_answer_was_lost(self) -> None:
        attempt = self.pay()
        set_switches(attempt.id, Switches(times_out_on=("refund",), delay_ms=0))
        refund_id = self.request(attempt, 800)
        calls.send_refund(refund_id)
        assert self.state_of(refund_id) is RefundState.REQUESTED
        set_switches(attempt.id, Switches())
        calls.send_refund(refund_id)
        assert self.state_of(refund_id) is RefundState.SUCCEEDED
        payment = sandbox.find_payment(MERCHANT, attempt.id)
        assert payment is not None
        assert payment.refunded == 800

    def test_records_that_the_provider_refuses(self) -> None:
        attempt = self.pay()
        refund_id = self.request(attempt, 800)
        elsewhere = {"merchant": MERCHANT, "merchant_reference": attempt.id, "currency": "CNY"}
        sandbox.refund_payment(**elsewhere, refund_id=new_id(), amount=6500)  # type: ignore[arg-type]
        calls.send_refund(refund_id)
        assert self.state_of(refund_id) is RefundState.FAILED
