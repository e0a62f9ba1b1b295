"""Finance officers, workers and refunds at the same moment, on real parallel connections."""

import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta

import pytest
from psycopg.errors import LockNotAvailable
from sqlalchemy import select, text
from sqlalchemy.exc import OperationalError

from marketplace import clock
from marketplace.database import db, transaction
from marketplace.errors import Problem
from marketplace.identity.actor import Actor
from orders.aftersales.service import give_refund
from orders.payouts.bank_files import AMOUNT, FAILURE, NUMBER, RESULT, SERIAL
from orders.payouts.errors import NothingReleased
from orders.payouts.models import Payout
from orders.payouts.service import make_batch, read_results
from orders.settlements import correcting, jobs, running, service
from orders.settlements.errors import (
    CorrectionDecided,
    LineCorrectedBelowZero,
    ReleasedBySameOfficer,
    StatementStateForbids,
)
from orders.settlements.models import CorrectionPart, Statement
from orders.settlements.service import confirm_statement, record_paid, release_statement
from orders.settlements.states import StatementState
from orders.trades.models import Order
from tests.conftest import Committed
from tests.factories.orders import lines_of, make_market
from tests.factories.settlements import (
    START,
    complete_later,
    give_account,
    make_finance_officer,
    payable_lines_of,
    sell,
    settle,
    statements_of,
)
from tests.orders.invariants import broken

END = date(2026, 6, 15)


def committing(work: Callable[[], object]) -> Callable[[], object]:
    """Run work in a transaction of its own, as an entry point does."""

    def run() -> object:
        with transaction():
            return work()

    return run


def failures(results: list[object]) -> list[type]:
    """Return the kinds of the refusals; anything but a stated problem is raised."""
    raised = [result for result in results if isinstance(result, Exception)]
    for each in raised:
        if not isinstance(each, Problem):
            raise each
    return [type(each) for each in raised]


@dataclass(frozen=True, slots=True)
class Books:
    """A committed completed sale of two pieces of mutton (58 yuan each), not yet settled."""

    officers: tuple[Actor, Actor]
    seller: Actor
    seller_id: uuid.UUID
    order_id: uuid.UUID
    line_id: uuid.UUID

    def order(self) -> Order:
        return db.session.get_one(Order, self.order_id)


@pytest.fixture
def books(committed: Committed) -> Iterator[Books]:
    with committed.context(), transaction(), clock.travel(START):
        market = make_market()
        give_account(market.nanjiang)
        order = sell(market, market.nanjiang, [(market.mutton, 2)])
        complete_later(order)
        made = Books(
            (make_finance_officer(), make_finance_officer()),
            market.nanjiang.actor,
            market.nanjiang.id,
            order.id,
            lines_of(order)[0].id,
        )
    with clock.travel(START + timedelta(days=15)):
        yield made


def confirmed(books: Books) -> uuid.UUID:
    """Settle, issue and confirm; return the statement's id."""
    with transaction():
        run = running.start_run(books.officers[0], end_on=END)
    settle(books.officers[0], END)
    assert run.end_on == END
    [statement] = statements_of(books.seller_id)
    with transaction():
        confirm_statement(books.seller, statement.id)
    return statement.id


def state_of(statement_id: uuid.UUID) -> Statement:
    return db.session.get_one(Statement, statement_id, populate_existing=True)


class TestRelease:
    def test_by_one_officer_many_times_at_once_is_one_word(
        self, committed: Committed, books: Books
    ) -> None:
        with committed.context():
            statement_id = confirmed(books)
        one = books.officers[0]
        results = committed.in_parallel(
            *(committing(lambda: release_statement(one, statement_id)) for _ in range(6))
        )
        assert failures(list(results)) == [ReleasedBySameOfficer] * 5
        with committed.context():
            assert state_of(statement_id).state is StatementState.CONFIRMED

    def test_by_two_officers_at_once_is_one_release(
        self, committed: Committed, books: Books
    ) -> None:
        with committed.context():
            statement_id = confirmed(books)

        def by(officer: Actor) -> Callable[[], object]:
            return committing(lambda: release_statement(officer, statement_id))

        results = committed.in_parallel(*(by(officer) for officer in books.officers * 3))
        assert set(failures(list(results))) <= {ReleasedBySameOfficer, StatementStateForbids}
        assert len(failures(list(results))) == 4
        with committed.context():
            released = state_of(statement_id)
            assert released.state is StatementState.RELEASED
            assert {released.first_released_by, released.second_released_by} == {
                officer.id for officer in books.officers
            }
            assert broken() == []

    def test_paid_twice_at_once_is_booked_once(self, committed: Committed, books: Books) -> None:
        with committed.context():
            statement_id = confirmed(books)
            for officer in books.officers:
                with transaction():
                    release_statement(officer, statement_id)
        results = committed.in_parallel(
            *(committing(lambda: record_paid(statement_id, bank_serial="B1")) for _ in range(4))
        )
        assert failures(list(results)) == [StatementStateForbids] * 3
        with committed.context():
            assert broken() == []


class TestCorrection:
    def test_agreed_to_many_times_at_once_is_booked_once_while_time_runs_out(
        self, committed: Committed, books: Books
    ) -> None:
        with committed.context():
            settle(books.officers[0], END)
            [statement] = statements_of(books.seller_id)
            [line] = payable_lines_of(books.seller_id)
            with transaction():
                correction_id = correcting.propose_correction(
                    books.officers[0], statement.id, line_id=line.id,
                    part=CorrectionPart.AMOUNT, amount_fen=700, reason="运费少算",
                ).id  # fmt: skip
            statement_id = statement.id
        two = books.officers[1]
        with clock.travel(START + timedelta(days=40)):
            results = committed.in_parallel(
                *(committing(lambda: correcting.confirm_correction(two, correction_id)),) * 4,
                committing(service.confirm_overdue),
                committing(lambda: confirm_statement(books.seller, statement_id)),
            )
            refused = failures(list(results))
            assert refused.count(CorrectionDecided) == 3
            assert set(refused) <= {CorrectionDecided, StatementStateForbids}
        with committed.context():
            assert state_of(statement_id).state is StatementState.CONFIRMED
            assert [each.payable_fen for each in payable_lines_of(books.seller_id)] == [11_600, 700]
            assert broken() == []

    def test_of_one_order_line_in_two_statements_wait_for_each_other(
        self, committed: Committed, books: Books
    ) -> None:
        one, two = books.officers

        def propose(number: int, amount_fen: int) -> uuid.UUID:
            with transaction():
                return correcting.propose_correction(
                    one, statements_of(books.seller_id)[number].id,
                    line_id=payable_lines_of(books.seller_id)[number].id,
                    part=CorrectionPart.AMOUNT, amount_fen=amount_fen, reason="多付了",
                ).id  # fmt: skip

        def confirm_in_a_hurry() -> object:
            with transaction():
                db.session.execute(text("SET LOCAL lock_timeout = '50ms'"))
                return correcting.confirm_correction(two, of_statement[1])

        with committed.context():
            settle(one, END)
            correction_id = propose(0, -100)
            with transaction():
                correcting.confirm_correction(two, correction_id)
            with clock.travel(START + timedelta(days=22)):
                settle(one, date(2026, 6, 22))
            # Of 115.00 yuan that are left, each would take 110.00 by a line of another statement.
            of_statement = [propose(0, -11_000), propose(1, -11_000)]
            with transaction():
                correcting.confirm_correction(two, of_statement[0])
                [waits] = committed.in_parallel(confirm_in_a_hurry)
                assert isinstance(waits, OperationalError)
                assert isinstance(waits.orig, LockNotAvailable)
            [refused] = committed.in_parallel(confirm_in_a_hurry)
            assert isinstance(refused, LineCorrectedBelowZero)
            assert sum(each.payable_fen for each in payable_lines_of(books.seller_id)) == 500
            assert broken() == []


class TestRun:
    def test_twice_at_once_and_of_two_windows_settles_each_line_once(
        self, committed: Committed, books: Books
    ) -> None:
        with committed.context(), transaction():
            runs = [
                running.start_run(books.officers[0], end_on=end_on).id
                for end_on in (END, END - timedelta(days=3))
            ]

        def work(run_id: uuid.UUID) -> Callable[[], object]:
            return lambda: jobs.settle_run.func(run_id=str(run_id))

        results = committed.in_parallel(*(work(run_id) for run_id in runs * 2))
        assert failures(list(results)) == []
        with committed.context():
            [statement] = statements_of(books.seller_id)
            assert statement.gross_fen == 11_600
            assert broken() == []

    def test_beside_refunds_leaves_them_to_the_next_window(
        self, committed: Committed, books: Books
    ) -> None:
        with committed.context(), transaction():
            run_id = running.start_run(books.officers[0], end_on=END).id

        def refund() -> object:
            return give_refund(
                books.seller, books.order_id, order_line_id=books.line_id, quantity=1,
                reason="少发一件",
            )  # fmt: skip

        results = committed.in_parallel(
            lambda: jobs.settle_run.func(run_id=str(run_id)), committing(refund), committing(refund)
        )
        assert failures(list(results)) == []
        with committed.context():
            [first] = statements_of(books.seller_id)
            assert (first.gross_fen, first.refunds_fen) == (11_600, 0)
            assert {line.booked_on for line in payable_lines_of(books.seller_id)[1:]} == {
                date(2026, 6, 16)
            }
            assert broken() == []
            with clock.travel(START + timedelta(days=22)), transaction():
                running.start_run(books.officers[0], end_on=date(2026, 6, 22))
            with clock.travel(START + timedelta(days=22)):
                settle(books.officers[0], date(2026, 6, 22))
            assert statements_of(books.seller_id)[1].balance_fen == -11_600
            assert broken() == []


class TestPayouts:
    def test_made_and_answered_by_many_at_once_pay_once(
        self, committed: Committed, books: Books
    ) -> None:
        with committed.context():
            statement_id = confirmed(books)
            for officer in books.officers:
                with transaction():
                    release_statement(officer, statement_id)
        one = books.officers[0]
        results = committed.in_parallel(*(committing(lambda: make_batch(one)) for _ in range(4)))
        assert failures(list(results)) == [NothingReleased] * 3
        with committed.context():
            [payout] = db.session.scalars(select(Payout))
            batch_id, number = payout.batch_id, payout.payout_no
        rows = [[NUMBER, AMOUNT, RESULT, SERIAL, FAILURE], [number, "116", "成功", "B1", ""]]
        results = committed.in_parallel(
            *(committing(lambda: read_results(one, batch_id, rows)) for _ in range(4))
        )
        assert failures(list(results)) == []
        assert sorted(taken.paid for taken in results) == [0, 0, 0, 1]  # type: ignore[attr-defined]
        with committed.context():
            assert state_of(statement_id).state is StatementState.PAID
            assert broken() == []
