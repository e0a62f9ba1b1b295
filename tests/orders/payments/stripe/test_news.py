"""Answer, notice, poll and list: whatever of them brings the news, and in whatever order."""

import itertools
import json
import random
import uuid
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from flask.testing import FlaskClient

from marketplace import clock
from marketplace.database import db
from marketplace.identity.actor import Actor
from marketplace.permissions import Role
from orders.journal import queries as journal
from orders.journal.entries import provider_owner
from orders.journal.models import AccountKind
from orders.payments import calls, queries, refunds
from orders.payments.models import (
    PaymentAttempt,
    PaymentEvent,
    PaymentOutcome,
    PaymentState,
    ProviderReading,
    Refund,
    RefundState,
)
from orders.payments.stripe.jobs import read_stripe_events
from orders.payments.stripe.reading import read_events
from orders.trades import service as trades
from orders.trades.models import Trade
from orders.trades.states import CANCEL_TRADE, TradeState
from tests.factories.identity import make_account, sign_in_page
from tests.factories.payments import make_trade
from tests.orders.invariants import broken
from tests.stripe_server import FakeStripe

TOTAL = 7000
pytestmark = pytest.mark.usefixtures("shop")


def start(trade: Trade, method: str = "alipay", card: str | None = None) -> PaymentAttempt:
    attempt_id = calls.start_payment(Actor(id=trade.account_id), trade.id, "stripe", method, card)
    return get(attempt_id)


def get(attempt_id: uuid.UUID) -> PaymentAttempt:
    return db.session.get_one(PaymentAttempt, attempt_id, populate_existing=True)


def reference(attempt: PaymentAttempt) -> str:
    assert attempt.provider_reference is not None
    return attempt.provider_reference


def state_of(trade: Trade) -> TradeState:
    return db.session.get_one(Trade, trade.id, populate_existing=True).state


def post(client: FlaskClient, notice: tuple[bytes, str]) -> int:
    raw, signature = notice
    headers = {"Stripe-Signature": signature, "Content-Type": "application/json"}
    return client.post("/webhooks/stripe", data=raw, headers=headers).status_code


def refunds_of(attempt: PaymentAttempt) -> list[Refund]:
    found = list(queries.list_refunds(attempt))
    for refund in found:
        db.session.refresh(refund)
    return found


def due_back(attempt: PaymentAttempt) -> tuple[RefundState, int, str]:
    """Send the only refund of an attempt, and return how it stands."""
    (refund,) = refunds_of(attempt)
    calls.send_refund(refund.id)
    db.session.refresh(refund)
    return refund.state, refund.amount, refund.currency


class TestEveryOrder:
    @pytest.mark.parametrize("order", list(itertools.permutations(("notice", "poll", "list"))))
    def test_pays_the_trade_once(
        self, stripe: FakeStripe, client: FlaskClient, order: tuple[str, ...]
    ) -> None:
        trade = make_trade(TOTAL)
        attempt = start(trade)
        stripe.complete(reference(attempt))
        (event,) = stripe.events
        ways: dict[str, Callable[[], object]] = {
            "notice": lambda: post(client, stripe.notice(event)),
            "poll": lambda: calls.poll_attempt(attempt.id),
            "list": read_events,
        }
        for way in order:
            ways[way]()
            assert get(attempt.id).outcome is PaymentOutcome.ACCEPTED
        assert state_of(trade) is TradeState.PAID
        assert db.session.query(PaymentEvent).count() == 1
        assert journal.get_balance(AccountKind.PROVIDER_CLEARING, provider_owner("stripe")) == TOTAL

    def test_a_notice_may_overtake_the_answer_that_is_lost(
        self, stripe: FakeStripe, client: FlaskClient
    ) -> None:
        trade = make_trade(TOTAL)
        stripe.loses_answers = {"confirm"}
        attempt = start(trade, "card", "pm_card_visa")
        assert attempt.state is PaymentState.CREATED
        assert post(client, stripe.notice(stripe.events[-1])) == 204
        assert get(attempt.id).outcome is PaymentOutcome.ACCEPTED
        assert state_of(trade) is TradeState.PAID

    def test_the_poll_finds_a_charge_whose_answer_was_lost(self, stripe: FakeStripe) -> None:
        trade = make_trade(TOTAL)
        stripe.loses_answers = {"create", "confirm"}
        attempt = start(trade, "card", "pm_card_visa")
        stripe.loses_answers.clear()
        calls.poll_attempt(attempt.id)
        assert get(attempt.id).outcome is PaymentOutcome.ACCEPTED
        assert len(stripe.intents) == 1

    def test_a_failure_told_after_the_success_changes_nothing(
        self, stripe: FakeStripe, client: FlaskClient
    ) -> None:
        trade = make_trade(TOTAL)
        attempt = start(trade)
        stripe.decline(reference(attempt))
        stripe.complete(reference(attempt))
        failed, succeeded = stripe.events
        assert post(client, stripe.notice(succeeded)) == 204
        assert post(client, stripe.notice(failed)) == 204
        assert get(attempt.id).state is PaymentState.SUCCEEDED
        assert state_of(trade) is TradeState.PAID

    def test_ten_copies_shuffled_with_forgeries_pay_once(
        self, stripe: FakeStripe, client: FlaskClient
    ) -> None:
        trade = make_trade(TOTAL)
        attempt = start(trade)
        stripe.complete(reference(attempt))
        (event,) = stripe.events
        raw, signature = stripe.notice(event)
        forged = json.dumps(event | {"id": "evt_forged"}).encode()
        notices = [(raw, signature)] * 10
        notices += [
            (forged, signature),
            (forged, ""),
            stripe.notice(event, secret="whsec_other"),
        ] * 3
        random.Random(20261121).shuffle(notices)
        answers = [post(client, notice) for notice in notices]
        assert (answers.count(204), answers.count(400)) == (10, 9)
        assert db.session.query(PaymentEvent).count() == 1
        assert get(attempt.id).refunded == 0
        assert journal.get_balance(AccountKind.PROVIDER_CLEARING, provider_owner("stripe")) == TOTAL

    @pytest.mark.parametrize(("ahead", "status"), [(-301, 400), (-299, 204), (302, 400)])
    def test_notices_of_another_clock_count_within_five_minutes(
        self, stripe: FakeStripe, client: FlaskClient, ahead: int, status: int
    ) -> None:
        attempt = start(make_trade(TOTAL))
        stripe.complete(reference(attempt))
        stripe.ahead = ahead
        assert post(client, stripe.notice(stripe.events[0])) == status


class TestMoneyThatCannotBeKept:
    def test_paid_after_cancel_goes_back(self, stripe: FakeStripe, client: FlaskClient) -> None:
        trade = make_trade(TOTAL)
        attempt = start(trade)
        trades.close_trade(trade.id, CANCEL_TRADE)
        stripe.complete(reference(attempt))
        post(client, stripe.notice(stripe.events[0]))
        assert get(attempt.id).outcome is PaymentOutcome.TRADE_CANCELLED
        assert due_back(attempt) == (RefundState.SUCCEEDED, TOTAL, "CNY")
        for event in stripe.events:
            post(client, stripe.notice(event))
        (refund,) = stripe.refunds.values()
        assert refund["amount"] == TOTAL
        assert journal.get_balance(AccountKind.PROVIDER_CLEARING, provider_owner("stripe")) == 0
        assert journal.get_balance(AccountKind.BUYERS_CLEARING) == 0

    def test_paid_twice_by_two_means_goes_back_once(
        self, stripe: FakeStripe, client: FlaskClient
    ) -> None:
        trade = make_trade(TOTAL)
        first, second = start(trade, "alipay"), start(trade, "wechat_pay")
        stripe.complete(reference(first))
        stripe.complete(reference(second))
        for event in reversed(stripe.events):
            post(client, stripe.notice(event))
        assert get(second.id).outcome is PaymentOutcome.ACCEPTED
        assert get(first.id).outcome is PaymentOutcome.SECOND_SUCCESS
        assert due_back(first) == (RefundState.SUCCEEDED, TOTAL, "CNY")
        assert refunds_of(second) == []

    @pytest.mark.parametrize(
        ("amount", "currency", "outcome"),
        [
            (TOTAL - 1, "cny", PaymentOutcome.WRONG_AMOUNT),
            (TOTAL + 1, "cny", PaymentOutcome.WRONG_AMOUNT),
            (TOTAL, "hkd", PaymentOutcome.OTHER_CURRENCY),
        ],
    )
    def test_the_wrong_money_goes_back(
        self,
        stripe: FakeStripe,
        client: FlaskClient,
        amount: int,
        currency: str,
        outcome: PaymentOutcome,
    ) -> None:
        trade = make_trade(TOTAL)
        attempt = start(trade)
        stripe.complete(reference(attempt), amount=amount, currency=currency)
        post(client, stripe.notice(stripe.events[0]))
        assert get(attempt.id).outcome is outcome
        assert state_of(trade) is TradeState.OPEN
        assert due_back(attempt) == (RefundState.SUCCEEDED, amount, currency.upper())

    def test_a_refund_whose_bank_refuses_it_later_stays_owed(
        self, stripe: FakeStripe, client: FlaskClient
    ) -> None:
        trade = make_trade(TOTAL)
        attempt = start(trade)
        trades.close_trade(trade.id, CANCEL_TRADE)
        stripe.complete(reference(attempt))
        post(client, stripe.notice(stripe.events[0]))
        stripe.refunds_stay_pending = True
        assert due_back(attempt) == (RefundState.SENT, TOTAL, "CNY")
        stripe.finish_refund(next(iter(stripe.refunds)), "failed")
        post(client, stripe.notice(stripe.events[-1]))
        (refund,) = refunds_of(attempt)
        assert refund.state is RefundState.FAILED
        assert get(attempt.id).refunded == TOTAL


def misbooked() -> list[str]:
    """Return what is broken of money; the trades of these tests have buyers without accounts."""
    about = ("退款到账", "欠买家", "退款状态", "每笔付款的退款")
    return [one for one in broken() if any(word in one for word in about)]


class TestMoneyThatComesBack:
    """A refund succeeds, and days later the buyer's bank does not take it."""

    def owe(self, stripe: FakeStripe, client: FlaskClient) -> PaymentAttempt:
        trade = make_trade(TOTAL)
        attempt = start(trade)
        trades.close_trade(trade.id, CANCEL_TRADE)
        stripe.complete(reference(attempt))
        post(client, stripe.notice(stripe.events[0]))
        assert due_back(attempt) == (RefundState.SUCCEEDED, TOTAL, "CNY")
        stripe.finish_refund(next(iter(stripe.refunds)), "failed")
        return attempt

    def held(self) -> int:
        return journal.get_balance(AccountKind.PROVIDER_CLEARING, provider_owner("stripe"))

    @pytest.mark.parametrize("order", list(itertools.permutations((1, 2))))
    def test_is_owed_again_in_whatever_order_it_is_told(
        self, stripe: FakeStripe, client: FlaskClient, order: tuple[int, ...]
    ) -> None:
        attempt = self.owe(stripe, client)
        for number in (*order, *order):
            assert post(client, stripe.notice(stripe.events[number])) == 204
        (refund,) = refunds_of(attempt)
        assert (refund.state, refund.failure) == ("failed", "expired_or_canceled_card")
        assert (self.held(), journal.get_balance(AccountKind.BUYERS_CLEARING)) == (TOTAL, -TOTAL)
        assert get(attempt.id).refunded == TOTAL
        assert misbooked() == []

    def test_can_be_sent_again_and_come_back_again(
        self, stripe: FakeStripe, client: FlaskClient
    ) -> None:
        attempt = self.owe(stripe, client)
        read_events()
        (refund,) = refunds_of(attempt)
        refunds.try_again(refund)
        assert due_back(attempt)[0] is RefundState.SUCCEEDED
        assert misbooked() == []
        stripe.finish_refund(list(stripe.refunds)[-1], "failed")
        read_events()
        assert refunds_of(attempt)[0].state is RefundState.FAILED
        refunds.try_again(refund)
        assert due_back(attempt)[0] is RefundState.SUCCEEDED
        for event in stripe.events:
            post(client, stripe.notice(event))
        assert refunds_of(attempt)[0].state is RefundState.SUCCEEDED
        assert (self.held(), journal.get_balance(AccountKind.BUYERS_CLEARING)) == (0, 0)
        assert misbooked() == []

    def test_is_not_owed_again_once_it_was_paid_another_way(
        self, stripe: FakeStripe, client: FlaskClient
    ) -> None:
        attempt = self.owe(stripe, client)
        failed = stripe.events[-1]
        post(client, stripe.notice(failed))
        (refund,) = refunds_of(attempt)
        refunds.pay_otherwise(refund)
        post(client, stripe.notice(failed | {"id": "evt_again", "type": "charge.refund.updated"}))
        assert refunds_of(attempt)[0].state is RefundState.SUCCEEDED

    def test_stands_at_the_desk_with_the_reason(
        self, stripe: FakeStripe, client: FlaskClient
    ) -> None:
        self.owe(stripe, client)
        read_events()
        sign_in_page(client, make_account(role=Role.AUDITOR))
        page = client.get("/desk/failed-refunds").text
        assert "原卡已过期或注销" in page
        assert "退出后又退回" in page


class TestClosing:
    def test_what_was_paid_meanwhile_is_settled(self, stripe: FakeStripe) -> None:
        trade = make_trade(TOTAL)
        attempt = start(trade)
        stripe.complete(reference(attempt))
        assert calls.close_attempts(trade.id)
        assert state_of(trade) is TradeState.PAID

    def test_stripe_out_of_reach_keeps_the_trade_open(self, stripe: FakeStripe) -> None:
        trade = make_trade(TOTAL)
        start(trade)
        stripe.loses_answers = {"retrieve"}
        assert not calls.close_attempts(trade.id)
        assert state_of(trade) is TradeState.OPEN


class TestReadEvents:
    def pay(self, stripe: FakeStripe) -> PaymentAttempt:
        attempt = start(make_trade(TOTAL))
        stripe.complete(reference(attempt))
        return attempt

    def test_takes_every_page(self, stripe: FakeStripe) -> None:
        attempts = [self.pay(stripe) for _ in range(5)]
        assert read_events() == 5
        assert {get(one.id).outcome for one in attempts} == {PaymentOutcome.ACCEPTED}
        assert read_events() == 0

    def test_reads_back_to_where_it_last_was(
        self, stripe: FakeStripe, travel: Callable[[datetime], None]
    ) -> None:
        read_stripe_events()
        attempt = self.pay(stripe)
        travel(clock.now() + timedelta(days=5))
        assert read_events() == 1
        assert get(attempt.id).outcome is PaymentOutcome.ACCEPTED

    def test_remembers_nothing_that_it_could_not_read(self, stripe: FakeStripe) -> None:
        attempt = self.pay(stripe)
        stripe.loses_answers = {"events"}
        assert read_events() == 0
        assert db.session.query(ProviderReading).count() == 0
        stripe.loses_answers.clear()
        assert read_events() == 1
        assert get(attempt.id).outcome is PaymentOutcome.ACCEPTED

    def test_takes_a_refund_that_no_notice_told(self, stripe: FakeStripe) -> None:
        attempt = self.pay(stripe)
        trades.close_trade(attempt.trade_id, CANCEL_TRADE)
        read_events()
        stripe.refunds_stay_pending = True
        due_back(attempt)
        stripe.finish_refund(next(iter(stripe.refunds)))
        read_events()
        assert refunds_of(attempt)[0].state is RefundState.SUCCEEDED
