"""Races on real parallel connections: whoever comes first, the state is one."""

import uuid
from collections.abc import Callable, Iterator

import pytest
from sqlalchemy import text

from marketplace.database import db, transaction
from marketplace.identity.actor import SYSTEM, Actor
from marketplace.ids import new_id
from orders.journal import queries as journal
from orders.journal.entries import provider_owner
from orders.journal.models import AccountKind
from orders.payments import calls, refunds, service
from orders.payments.errors import RefundExceedsCapture
from orders.payments.models import PaymentAttempt, PaymentEvent, Refund
from orders.payments.provider import Event
from orders.payments.sandbox import database as sandbox_database
from orders.payments.sandbox import service as sandbox
from orders.trades.models import Order
from tests.conftest import Committed
from tests.factories.payments import (
    PROVIDER,
    event_of,
    list_orders,
    make_trade,
    news,
    pay,
    start_another_attempt,
)


@pytest.fixture
def shop(committed: Committed) -> Iterator[Committed]:
    yield committed
    sandbox_database.dispose(committed.app)


def start(shop: Committed, *totals: int) -> tuple[uuid.UUID, Event]:
    """Start a payment and confirm it; return the attempt and the notice on its way."""
    with shop.context():
        with transaction():
            trade = make_trade(*totals)
            account_id, trade_id = trade.account_id, trade.id
        attempt_id = calls.start_payment(Actor(id=account_id), trade_id, PROVIDER)
        attempt = db.session.get_one(PaymentAttempt, attempt_id)
        assert sandbox.confirm_payment(attempt.provider_reference or "")
        facts = calls.get_provider(PROVIDER).look_up(calls.request_of(attempt))
        assert facts is not None
        return attempt_id, event_of(facts)


def settle(event: Event) -> Callable[[], str]:
    def run() -> str:
        with transaction():
            return service.settle_event(PROVIDER, event)

    return run


class TestNoticeAgainstPoll:
    def test_pays_once(self, shop: Committed) -> None:
        attempt_id, event = start(shop, 5800, 1200)
        racers: list[Callable[[], object]] = [settle(event)] * 4
        racers += [lambda: calls.poll_attempt(attempt_id)] * 4
        results = shop.in_parallel(*racers)
        assert not [result for result in results if isinstance(result, Exception)]
        with shop.context():
            assert db.session.query(PaymentEvent).count() == 1
            assert journal.get_balance(AccountKind.COOPERATIVE_PENDING) == -7000
            holder = provider_owner(PROVIDER)
            assert journal.get_balance(AccountKind.PROVIDER_CLEARING, holder) == 7000
            assert db.session.query(Refund).count() == 0


class TestTwoAttempts:
    def test_keep_one_and_send_the_other_back(self, shop: Committed) -> None:
        with shop.context():
            with transaction():
                trade = make_trade(7000)
                events = [event_of(news(start_another_attempt(trade))) for _ in range(4)]
            racers = [settle(event) for event in events]
        results = shop.in_parallel(*racers)
        assert sorted(map(str, results)) == ["accepted"] + ["second_success"] * 3
        with shop.context():
            assert [refund.amount for refund in db.session.query(Refund)] == [7000] * 3
            assert journal.get_balance(AccountKind.COOPERATIVE_PENDING) == -7000
            assert journal.get_balance(AccountKind.BUYERS_CLEARING) == -21_000


class TestFiftyRefundsAtOnce:
    def test_give_back_no_more_than_came_in(self, shop: Committed) -> None:
        with shop.context(), transaction():
            trade = make_trade(7000)
            attempt_id = pay(trade).id
            order_id = list_orders(trade)[0].id

        def refund() -> int:
            with transaction():
                order = db.session.query(Order).filter_by(id=order_id).one()
                made = refunds.request_refund(
                    order, amount_fen=300, cause_id=new_id(), actor=SYSTEM
                )
                return made.amount

        results = shop.in_parallel(*[refund] * 50)
        refused = [result for result in results if isinstance(result, RefundExceedsCapture)]
        assert results.count(300) == 23
        assert len(refused) == 27
        with shop.context():
            attempt = db.session.get_one(PaymentAttempt, attempt_id)
            assert (attempt.captured, attempt.refunded) == (7000, 6900)
            waiting = text("select count(*) from procrastinate_jobs where status = 'todo'")
            assert db.session.execute(waiting).scalar_one() == 23

    def test_make_one_refund_of_one_cause(self, shop: Committed) -> None:
        with shop.context(), transaction():
            trade = make_trade(7000)
            pay(trade)
            order_id = list_orders(trade)[0].id
        cause_id = new_id()

        def refund() -> uuid.UUID:
            with transaction():
                order = db.session.query(Order).filter_by(id=order_id).one()
                return refunds.request_refund(
                    order, amount_fen=300, cause_id=cause_id, actor=SYSTEM
                ).id

        results = shop.in_parallel(*[refund] * 8)
        assert not [result for result in results if isinstance(result, Exception)]
        assert len(set(results)) == 1
