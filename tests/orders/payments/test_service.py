"""Attempts start once, and news about them ends in the same state whatever way it comes."""

import itertools
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from marketplace import clock
from marketplace.database import db
from marketplace.identity.actor import Actor
from marketplace.ids import new_id
from orders.journal import queries as journal
from orders.journal.entries import provider_owner
from orders.journal.models import AccountKind
from orders.payments import queries, service
from orders.payments.errors import TradeNotPayable
from orders.payments.models import (
    PaymentAttempt,
    PaymentEvent,
    PaymentOutcome,
    PaymentState,
    Refund,
    RefundReason,
    RefundState,
)
from orders.payments.provider import Opened, PaymentStanding
from orders.trades import service as trades
from orders.trades.errors import TradeNotFound
from orders.trades.models import Trade
from orders.trades.states import CANCEL_TRADE, EXPIRE_TRADE, Move, OrderState, TradeState
from tests.factories.payments import (
    PROVIDER,
    event_of,
    list_orders,
    make_trade,
    news,
    pay,
    start_another_attempt,
    start_attempt,
)

HOLDER = provider_owner(PROVIDER)


def list_refunds(attempt: PaymentAttempt) -> list[Refund]:
    return list(queries.list_refunds(attempt))


class TestCreateAttempt:
    def test_asks_for_the_total_of_the_trade(self) -> None:
        attempt = start_attempt(make_trade(5800, 1200))
        assert (attempt.state, attempt.amount_fen) == (PaymentState.CREATED, 7000)

    def test_goes_on_with_the_undecided_attempt(self) -> None:
        trade = make_trade()
        assert start_attempt(trade).id == start_attempt(trade).id

    def test_starts_anew_after_a_failure(self) -> None:
        trade = make_trade()
        first = start_attempt(trade)
        service.settle_payment(PROVIDER, news(first, PaymentStanding.FAILED))
        assert start_attempt(trade).id != first.id

    def test_hides_the_trade_of_another(self) -> None:
        with pytest.raises(TradeNotFound):
            service.create_attempt(Actor(id=new_id()), make_trade().id, PROVIDER)

    def test_refuses_a_paid_trade(self) -> None:
        trade = make_trade()
        pay(trade)
        with pytest.raises(TradeNotPayable):
            start_attempt(trade)

    def test_refuses_a_trade_whose_time_is_over(self, travel: Callable[..., None]) -> None:
        trade = make_trade()
        travel(clock.now() + timedelta(minutes=31))
        with pytest.raises(TradeNotPayable):
            start_attempt(trade)


class TestSettlePayment:
    def test_pays_the_trade_and_its_orders(self) -> None:
        trade = make_trade(5800, 1200)
        attempt = pay(trade)
        db.session.refresh(trade)
        assert (trade.state, trade.paid_attempt_id) == (TradeState.PAID, attempt.id)
        assert [order.state for order in list_orders(trade)] == [OrderState.PAID] * 2
        assert (attempt.state, attempt.outcome) == (
            PaymentState.SUCCEEDED,
            PaymentOutcome.ACCEPTED,
        )

    def test_books_what_the_cooperatives_are_owed(self) -> None:
        trade = make_trade(5800, 1200)
        pay(trade)
        pending = [
            journal.get_balance(AccountKind.COOPERATIVE_PENDING, order.cooperative_id)
            for order in list_orders(trade)
        ]
        assert pending == [-5800, -1200]
        assert journal.get_balance(AccountKind.PROVIDER_CLEARING, HOLDER) == 7000
        assert journal.get_balance(AccountKind.BUYERS_CLEARING) == 0

    def test_changes_nothing_the_second_time(self) -> None:
        trade = make_trade(7000)
        attempt = pay(trade)
        assert service.settle_payment(PROVIDER, news(attempt)) == "repeated"
        assert journal.get_balance(AccountKind.PROVIDER_CLEARING, HOLDER) == 7000
        assert list_refunds(attempt) == []

    def test_sends_back_a_second_success(self) -> None:
        trade = make_trade(7000)
        first, second = start_attempt(trade), start_another_attempt(trade)
        service.settle_payment(PROVIDER, news(second))
        service.settle_payment(PROVIDER, news(first))
        assert second.outcome is PaymentOutcome.ACCEPTED
        assert first.outcome is PaymentOutcome.SECOND_SUCCESS
        (refund,) = list_refunds(first)
        assert (refund.reason, refund.amount) == (RefundReason.SECOND_SUCCESS, 7000)
        assert journal.get_balance(AccountKind.BUYERS_CLEARING) == -7000

    @pytest.mark.parametrize(
        ("move", "outcome"),
        [
            (CANCEL_TRADE, PaymentOutcome.TRADE_CANCELLED),
            (EXPIRE_TRADE, PaymentOutcome.TRADE_EXPIRED),
        ],
    )
    def test_sends_back_money_for_a_trade_that_is_over(
        self, move: Move, outcome: PaymentOutcome
    ) -> None:
        trade = make_trade(7000)
        attempt = start_attempt(trade)
        assert trades.close_trade(trade.id, move)
        service.settle_payment(PROVIDER, news(attempt))
        db.session.refresh(trade)
        assert trade.state == move.target
        assert attempt.outcome is outcome
        (refund,) = list_refunds(attempt)
        assert (refund.reason, refund.amount) == (RefundReason(outcome), 7000)

    @pytest.mark.parametrize("amount", [6999, 7001, 1])
    def test_sends_back_a_wrong_amount(self, amount: int) -> None:
        trade = make_trade(7000)
        attempt = start_attempt(trade)
        service.settle_payment(PROVIDER, news(attempt, amount=amount))
        assert db.session.get_one(Trade, trade.id).state is TradeState.OPEN
        assert (attempt.outcome, attempt.captured) == (PaymentOutcome.WRONG_AMOUNT, amount)
        (refund,) = list_refunds(attempt)
        assert (refund.amount, refund.state) == (amount, RefundState.REQUESTED)
        assert journal.get_balance(AccountKind.BUYERS_CLEARING) == -amount

    def test_sends_back_another_currency_without_booking_it_as_yuan(self) -> None:
        attempt = start_attempt(make_trade(7000))
        service.settle_payment(PROVIDER, news(attempt, currency="USD"))
        assert attempt.outcome is PaymentOutcome.OTHER_CURRENCY
        (refund,) = list_refunds(attempt)
        assert (refund.amount, refund.currency) == (7000, "USD")
        assert journal.list_balances() == []

    def test_pays_although_the_time_is_over_while_the_trade_is_still_open(
        self, travel: Callable[..., None]
    ) -> None:
        attempt = start_attempt(make_trade())
        travel(clock.now() + timedelta(minutes=31))
        service.settle_payment(PROVIDER, news(attempt))
        assert attempt.outcome is PaymentOutcome.ACCEPTED

    def test_believes_success_after_a_close(self) -> None:
        attempt = start_attempt(make_trade())
        service.settle_payment(PROVIDER, news(attempt, PaymentStanding.CLOSED))
        service.settle_payment(PROVIDER, news(attempt))
        assert attempt.state is PaymentState.SUCCEEDED

    def test_knows_no_payment_of_another_provider(self) -> None:
        attempt = start_attempt(make_trade())
        assert service.settle_payment("other", news(attempt)) == "unknown"
        assert attempt.state is PaymentState.CREATED

    def test_does_not_follow_a_changed_reference(self) -> None:
        attempt = start_attempt(make_trade())
        attempt.provider_reference = "pay_mine"
        assert service.settle_payment(PROVIDER, news(attempt)) == "other_reference"
        assert attempt.state is PaymentState.CREATED

    @pytest.mark.parametrize(
        "standings",
        [
            order
            for few in (
                (PaymentStanding.PENDING, PaymentStanding.SUCCEEDED, PaymentStanding.CLOSED),
                (PaymentStanding.PENDING, PaymentStanding.FAILED, PaymentStanding.CLOSED),
                (PaymentStanding.FAILED, PaymentStanding.SUCCEEDED),
            )
            for order in itertools.permutations(few)
        ],
    )
    def test_ends_the_same_in_any_order(self, standings: tuple[PaymentStanding, ...]) -> None:
        attempt = start_attempt(make_trade())
        for standing in standings:
            service.settle_payment(PROVIDER, news(attempt, standing))
        succeeded = PaymentStanding.SUCCEEDED in standings
        assert attempt.state is (PaymentState.SUCCEEDED if succeeded else PaymentState.CLOSED)

    def test_keeps_the_moment_of_payment_within_reason(self) -> None:
        attempt = start_attempt(make_trade())
        early = news(attempt)
        service.settle_payment(
            PROVIDER, replace(early, occurred_at=early.occurred_at - timedelta(days=400))
        )
        assert attempt.succeeded_at == attempt.created_at


class TestSettleEvent:
    def test_keeps_a_notice_once(self) -> None:
        event = event_of(news(start_attempt(make_trade())))
        effects = [service.settle_event(PROVIDER, event) for _ in range(3)]
        assert effects == ["accepted", "repeated", "repeated"]
        kept = db.session.query(PaymentEvent).filter_by(event_id=event.event_id).all()
        assert [row.effect for row in kept] == ["accepted"]

    def test_keeps_a_notice_about_a_payment_that_is_not_ours(self) -> None:
        attempt = start_attempt(make_trade())
        event = event_of(news(attempt))
        db.session.delete(attempt)
        db.session.flush()
        assert service.settle_event(PROVIDER, event) == "unknown"
        assert db.session.query(PaymentEvent).filter_by(effect="unknown").count() == 1


class TestRecordOpened:
    def test_does_not_undo_news_that_overtook_the_answer(self) -> None:
        attempt = start_attempt(make_trade())
        service.settle_payment(PROVIDER, news(attempt))
        answer = Opened(provider_reference=f"pay_{attempt.id.hex}", redirect_url="http://x/")
        service.record_opened(attempt.id, answer)
        assert attempt.state is PaymentState.SUCCEEDED


class TestClaimPoll:
    def test_asks_less_and_less_often(self) -> None:
        attempt = start_attempt(make_trade())
        pauses = []
        for _ in range(12):
            before = clock.now()
            assert service.claim_poll(attempt.id) is attempt
            pauses.append(round((attempt.next_poll_at - before).total_seconds()))
        assert pauses[:4] == [20, 40, 80, 160]
        assert pauses[-1] == 3600

    def test_asks_no_more_once_decided(self) -> None:
        trade = make_trade()
        assert service.claim_poll(pay(trade).id) is None
