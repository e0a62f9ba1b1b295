"""Money goes back once per cause, never more than came in, and to the fen."""

from datetime import timedelta

import pytest

from marketplace import clock
from marketplace.database import db
from marketplace.identity.actor import SYSTEM
from marketplace.ids import new_id
from orders.aftersales.service import give_refund
from orders.aftersales.wording import case_page
from orders.journal import queries as journal
from orders.journal.entries import provider_owner
from orders.journal.models import AccountKind
from orders.orderbook.showing import show_cases
from orders.payments import refunds, service
from orders.payments.errors import RefundExceedsCapture, TradeNotPaid
from orders.payments.models import PaymentAttempt, Refund, RefundState
from orders.payments.provider import RefundStanding
from orders.trades.models import Order, Trade
from tests.factories import orders as shop
from tests.factories.payments import (
    PROVIDER,
    event_of,
    list_orders,
    make_trade,
    news,
    pay,
    refund_news,
    start_attempt,
)
from tests.orders.invariants import broken

HOLDER = provider_owner(PROVIDER)


def request(order: Order, amount_fen: int) -> Refund:
    return refunds.request_refund(order, amount_fen=amount_fen, cause_id=new_id(), actor=SYSTEM)


def pay_orders(*totals: int) -> tuple[PaymentAttempt, list[Order]]:
    trade = make_trade(*totals)
    return pay(trade), list(list_orders(trade))


class TestRequestRefund:
    def test_owes_the_buyer_what_the_cooperative_had_pending(self) -> None:
        attempt, (order, _) = pay_orders(5800, 1200)
        refund = request(order, 800)
        assert (refund.state, refund.amount) == (RefundState.REQUESTED, 800)
        pending = journal.get_balance(AccountKind.COOPERATIVE_PENDING, order.cooperative_id)
        assert pending == -5000
        assert journal.get_balance(AccountKind.BUYERS_CLEARING) == -800
        db.session.refresh(attempt)
        assert attempt.refunded == 800

    def test_takes_it_from_what_is_due_once_the_order_is_completed(self) -> None:
        now = clock.now()
        market = shop.make_market()
        with clock.travel(now - timedelta(days=20)):
            (order,) = shop.buy(market.buyer, [(market.mutton, 1)])
            shop.deliver(market.buyer, market.nanjiang, order)
        assert shop.complete(order)
        (line,) = shop.lines_of(order)
        give_refund(
            market.nanjiang.actor,
            order.id,
            order_line_id=line.id,
            reason="缺斤少两",
            amount_fen=800,
        )
        owner = order.cooperative_id
        assert journal.get_balance(AccountKind.COOPERATIVE_PENDING, owner) == 0
        assert journal.get_balance(AccountKind.COOPERATIVE_PAYABLE, owner) == -5000

    def test_is_the_same_refund_for_the_same_cause(self) -> None:
        attempt, (order,) = pay_orders(5800)
        cause_id = new_id()
        first, again = (
            refunds.request_refund(order, amount_fen=800, cause_id=cause_id, actor=SYSTEM)
            for _ in range(2)
        )
        assert first.id == again.id
        db.session.refresh(attempt)
        assert attempt.refunded == 800

    def test_refuses_more_than_is_left(self) -> None:
        attempt, (order, _) = pay_orders(5800, 1200)
        request(order, 5000)
        with pytest.raises(RefundExceedsCapture):
            request(order, 2001)
        db.session.refresh(attempt)
        assert attempt.refunded == 5000

    def test_gives_back_exactly_all_in_parts(self) -> None:
        attempt, (order,) = pay_orders(10_001)
        for amount in (3333, 3334, 3334):
            service.settle_event(PROVIDER, event_of(refund_news(request(order, amount))))
        db.session.refresh(attempt)
        assert attempt.refunded == attempt.captured == 10_001
        assert [balance.balance_fen for balance in journal.list_balances()] == [0, 0, 0]
        with pytest.raises(RefundExceedsCapture):
            request(order, 1)

    def test_refuses_a_trade_that_is_not_paid(self) -> None:
        trade: Trade = make_trade(5800)
        start_attempt(trade)
        with pytest.raises(TradeNotPaid):
            request(list_orders(trade)[0], 1)


class TestSettleRefund:
    def test_books_that_the_provider_paid(self) -> None:
        _, (order,) = pay_orders(5800)
        refund = request(order, 800)
        assert refunds.settle_refund(PROVIDER, refund_news(refund)) == "succeeded"
        assert refunds.settle_refund(PROVIDER, refund_news(refund)) == "repeated"
        assert journal.get_balance(AccountKind.BUYERS_CLEARING) == 0
        assert journal.get_balance(AccountKind.PROVIDER_CLEARING, HOLDER) == 5000

    def test_believes_success_after_a_refusal_that_was_none(self) -> None:
        _, (order,) = pay_orders(5800)
        refund = request(order, 800)
        refunds.record_refused(refund.id, "no answer that can be read")
        for standing in (RefundStanding.SUCCEEDED, RefundStanding.PENDING):
            refunds.settle_refund(PROVIDER, refund_news(refund, standing))
        assert refund.state is RefundState.SUCCEEDED

    def test_has_its_case_wait_again_when_the_money_comes_back(self) -> None:
        market = shop.make_market()
        (order,) = shop.buy(market.buyer, [(market.mutton, 1)])
        (line,) = shop.lines_of(order)
        case = give_refund(
            market.nanjiang.actor, order.id, order_line_id=line.id, reason="缺斤少两",
            amount_fen=800,
        )  # fmt: skip
        refund = db.session.query(Refund).one()
        refunds.settle_refund(PROVIDER, refund_news(refund))
        assert (case.state, case.done_at is None) == ("done", False)
        failed = refund_news(refund, RefundStanding.FAILED)
        assert refunds.settle_refund(PROVIDER, failed) == "returned"
        assert refunds.settle_refund(PROVIDER, failed) == "repeated"
        assert (case.state, case.done_at) == ("awaiting_refund", None)
        assert [one for one in broken() if "售后" in one or "退款" in one] == []
        (seen,) = show_cases(market.buyer, [case])
        shown = case_page(seen, line, order.order_no, None)
        assert "退了回来" in str(shown["next"])

    def test_does_not_believe_another_amount(self) -> None:
        _, (order,) = pay_orders(5800)
        refund = request(order, 800)
        assert refunds.settle_refund(PROVIDER, refund_news(refund, amount=801)) == "other_amount"
        assert refund.state is RefundState.REQUESTED

    def test_knows_no_refund_of_another_provider(self) -> None:
        _, (order,) = pay_orders(5800)
        refund = request(order, 800)
        assert refunds.settle_refund("other", refund_news(refund)) == "unknown"

    def test_sends_back_foreign_money_without_booking_it_as_yuan(self) -> None:
        attempt = start_attempt(make_trade(5800))
        service.settle_payment(PROVIDER, news(attempt, currency="USD"))
        refund = db.session.query(Refund).filter_by(attempt_id=attempt.id).one()
        refunds.settle_refund(PROVIDER, refund_news(refund))
        assert refund.state is RefundState.SUCCEEDED
        assert journal.list_balances() == []


class TestRecordRefused:
    def test_keeps_owing_the_buyer(self) -> None:
        attempt, (order,) = pay_orders(5800)
        refund = request(order, 800)
        refunds.record_refused(refund.id, "the account is closed")
        assert (refund.state, refund.failure) == (RefundState.FAILED, "the account is closed")
        assert journal.get_balance(AccountKind.BUYERS_CLEARING) == -800
        db.session.refresh(attempt)
        assert attempt.refunded == 800
