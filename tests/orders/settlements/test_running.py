"""From completed orders to statements: amounts that a person can check by hand."""

from collections.abc import Callable
from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from marketplace import clock
from marketplace.database import db
from marketplace.identity.actor import Actor
from marketplace.permissions import Role
from orders.fees.service import set_fee_rate
from orders.journal.models import AccountKind
from orders.journal.queries import get_balance
from orders.settlements import jobs, running
from orders.settlements.errors import WindowNotOver
from orders.settlements.models import LineKind, RunState
from orders.settlements.states import StatementState
from tests.factories.identity import make_actor
from tests.factories.orders import Market, complete, lines_of
from tests.factories.settlements import (
    START,
    complete_later,
    payable_lines_of,
    refund_late,
    sell,
    settle,
    statements_of,
)
from tests.orders.invariants import broken

Travel = Callable[[datetime], None]
# Delivered on the first of June, completed on the ninth.
COMPLETED = START + timedelta(days=8)
FIRST_END = date(2026, 6, 15)
SECOND_END = date(2026, 6, 22)


def charge(rate_bp: int, **where: str) -> None:
    set_fee_rate(
        make_actor(Role.PLATFORM_ADMIN),
        rate_bp=rate_bp,
        valid_from=clock.today(),
        document="平台服务费〔2026〕1号",
        **where,  # type: ignore[arg-type]
    )


class TestRecordCompleted:
    def test_makes_each_line_payable_on_the_day_of_completion(self, market: Market) -> None:
        order = sell(market, market.nanjiang, [(market.mutton, 2), (market.tea, 1)])
        complete_later(order)
        lines = payable_lines_of(market.nanjiang.id)
        assert sorted((line.gross_fen, line.payable_fen) for line in lines) == [
            (3333, 3333),
            (11_600, 11_600),
        ]
        assert {line.booked_on for line in lines} == {date(2026, 6, 9)}
        assert broken() == []

    def test_takes_the_fee_that_stood_on_the_line_when_it_was_ordered(self, market: Market) -> None:
        charge(200)
        order = sell(market, market.nanjiang, [(market.tea, 1)])
        with clock.travel(START + timedelta(days=1)):
            charge(3000)
        complete_later(order)
        [line] = payable_lines_of(market.nanjiang.id)
        # 2 % of 33.33 yuan is 66.66 fen: 67.
        assert (line.fee_fen, line.payable_fen) == (67, 3266)
        assert get_balance(AccountKind.PLATFORM_FEE) == -67
        assert get_balance(AccountKind.COOPERATIVE_PAYABLE, market.nanjiang.id) == -3266
        assert broken() == []

    def test_is_not_repeated_by_a_second_completion(self, market: Market) -> None:
        order = sell(market, market.nanjiang, [(market.mutton, 1)])
        complete_later(order)
        with clock.travel(COMPLETED):
            assert complete(order) is False
        assert len(payable_lines_of(market.nanjiang.id)) == 1

    def test_leaves_out_what_was_refunded_before(self, market: Market, travel: Travel) -> None:
        order = sell(market, market.nanjiang, [(market.mutton, 3)])
        refund_late(market.nanjiang, order)
        complete_later(order)
        [line] = payable_lines_of(market.nanjiang.id)
        assert (line.gross_fen, line.refunds_fen, line.payable_fen) == (17_400, 5800, 11_600)
        assert broken() == []

    def test_cannot_be_changed_by_the_application(self, market: Market) -> None:
        complete_later(sell(market, market.nanjiang, [(market.mutton, 1)]))
        for statement in (
            "update settlement_lines set payable_fen = 1",
            "delete from settlement_lines",
        ):
            with pytest.raises(DBAPIError, match="permission denied"), db.session.begin_nested():
                db.session.execute(text(statement))


class TestRecordLateRefund:
    def test_gives_the_fee_back_by_cumulative_shares(self, market: Market, travel: Travel) -> None:
        charge(250)
        order = sell(market, market.nanjiang, [(market.tea, 3)])
        complete_later(order)
        travel(COMPLETED + timedelta(hours=1))
        # 2.5 % of 99.99 yuan is 2.50 yuan (249.975); one piece back leaves 66.66: 1.67; then 0.83.
        for fees_back in (83, 84, 83):
            refund_late(market.nanjiang, order)
            line = payable_lines_of(market.nanjiang.id)[-1]
            assert line.kind is LineKind.REFUND
            assert (line.refunds_fen, line.fee_refunded_fen) == (3333, fees_back)
        assert get_balance(AccountKind.PLATFORM_FEE) == 0
        assert get_balance(AccountKind.COOPERATIVE_PAYABLE, market.nanjiang.id) == 0
        assert broken() == []


class TestStartRun:
    def test_refuses_a_window_that_is_not_over(self, market: Market, officer: Actor) -> None:
        with pytest.raises(WindowNotOver):
            running.start_run(officer, end_on=date(2026, 6, 2))

    def test_of_the_same_day_is_the_same_run(self, market: Market, officer: Actor) -> None:
        first = running.start_run(officer, end_on=date(2026, 6, 1))
        assert running.start_run(officer, end_on=date(2026, 6, 1)).id == first.id


class TestSettleRun:
    def test_drafts_one_statement_for_each_cooperative_that_is_owed(
        self, market: Market, officer: Actor, travel: Travel
    ) -> None:
        complete_later(
            sell(market, market.nanjiang, [(market.mutton, 2), (market.tea, 1)]),
            sell(market, market.xinhe, [(market.rawap, 1)]),
        )
        travel(COMPLETED + timedelta(days=7))
        run = settle(officer, FIRST_END, is_issued=False)
        assert (run.state, run.statements) == (RunState.DONE, 2)
        assert run.cooperatives_done == run.cooperatives
        [nanjiang], [xinhe] = statements_of(market.nanjiang.id), statements_of(market.xinhe.id)
        assert (nanjiang.start_on, nanjiang.end_on) == (date(2026, 6, 9), FIRST_END)
        assert (nanjiang.gross_fen, nanjiang.payable_fen) == (14_933, 14_933)
        assert (xinhe.gross_fen, xinhe.payable_fen, xinhe.line_count) == (88_000, 88_000, 1)
        assert {nanjiang.state, xinhe.state} == {StatementState.DRAFT}
        assert broken() == []

    def test_puts_a_line_of_the_boundary_day_into_the_next_window(
        self, market: Market, officer: Actor, travel: Travel
    ) -> None:
        complete_later(sell(market, market.nanjiang, [(market.mutton, 1)]))
        travel(START + timedelta(days=6))
        complete_later(sell(market, market.nanjiang, [(market.tea, 1)]))
        travel(COMPLETED + timedelta(days=20))
        settle(officer, FIRST_END)
        settle(officer, SECOND_END)
        first, second = statements_of(market.nanjiang.id)
        assert [line.booked_on for line in payable_lines_of(market.nanjiang.id)] == [
            date(2026, 6, 9),
            date(2026, 6, 15),
        ]
        assert (first.gross_fen, second.gross_fen) == (5800, 3333)
        assert (second.start_on, second.end_on) == (FIRST_END, SECOND_END)
        assert broken() == []

    def test_takes_a_late_refund_from_the_next_statement(
        self, market: Market, officer: Actor, travel: Travel
    ) -> None:
        charge(1000)
        order = sell(market, market.nanjiang, [(market.mutton, 2)])
        complete_later(order)
        travel(COMPLETED + timedelta(days=7))
        settle(officer, FIRST_END)
        refund_late(market.nanjiang, order)
        complete_later(sell(market, market.nanjiang, [(market.tea, 3)]))
        travel(COMPLETED + timedelta(days=21))
        settle(officer, date(2026, 6, 29))
        first, second = statements_of(market.nanjiang.id)
        assert (first.gross_fen, first.fee_fen, first.payable_fen) == (11_600, 1160, 10_440)
        amounts = (second.gross_fen, second.refunds_fen, second.fee_fen, second.fee_refunded_fen)
        assert amounts == (9999, 5800, 1000, 580)
        assert second.payable_fen == 9999 - 5800 - 1000 + 580
        assert broken() == []

    def test_carries_a_negative_balance_forward_until_it_is_earned(
        self, market: Market, officer: Actor, travel: Travel
    ) -> None:
        order = sell(market, market.nanjiang, [(market.mutton, 1)])
        complete_later(order)
        travel(COMPLETED + timedelta(days=7))
        settle(officer, FIRST_END)
        refund_late(market.nanjiang, order)
        travel(COMPLETED + timedelta(days=14))
        settle(officer, SECOND_END)
        complete_later(sell(market, market.nanjiang, [(market.mutton, 2)]))
        travel(COMPLETED + timedelta(days=28))
        settle(officer, date(2026, 7, 6))
        _, second, third = statements_of(market.nanjiang.id)
        assert (second.balance_fen, second.payable_fen) == (-5800, 0)
        assert (third.carried_forward_fen, third.payable_fen) == (-5800, 5800)
        assert broken() == []

    def test_again_changes_nothing(self, market: Market, officer: Actor, travel: Travel) -> None:
        complete_later(sell(market, market.nanjiang, [(market.mutton, 1)]))
        travel(COMPLETED + timedelta(days=7))
        run = settle(officer, FIRST_END)
        jobs.settle_run.func(run_id=str(run.id))
        jobs.issue_statements.func(run_id=str(run.id))
        assert len(statements_of(market.nanjiang.id)) == 1
        assert broken() == []

    def test_goes_on_where_it_was_killed(
        self, market: Market, officer: Actor, travel: Travel
    ) -> None:
        complete_later(
            sell(market, market.nanjiang, [(market.mutton, 1)]),
            sell(market, market.xinhe, [(market.rawap, 1)]),
        )
        travel(COMPLETED + timedelta(days=7))
        run = running.start_run(officer, end_on=FIRST_END)
        assert running.settle_batch(run.id, batch=1) is True
        assert run.cooperatives_done == 1
        while running.settle_batch(run.id, batch=1):
            pass
        assert (run.state, run.statements, run.cooperatives_done) == (RunState.DONE, 2, 2)

    def test_of_an_earlier_day_after_a_later_one_makes_nothing(
        self, market: Market, officer: Actor, travel: Travel
    ) -> None:
        complete_later(sell(market, market.nanjiang, [(market.mutton, 1)]))
        travel(COMPLETED + timedelta(days=14))
        settle(officer, SECOND_END)
        assert settle(officer, FIRST_END).statements == 0
        assert len(statements_of(market.nanjiang.id)) == 1
        assert broken() == []


class TestFeeRateOn:
    def test_is_that_of_the_nearest_category_in_force(self, market: Market) -> None:
        charge(300)
        order = sell(market, market.nanjiang, [(market.mutton, 1)])
        [line] = lines_of(order)
        assert line.fee_rate_bp == 300
        charge(100, category_code=line.category_code)
        order = sell(market, market.nanjiang, [(market.mutton, 1)])
        assert lines_of(order)[0].fee_rate_bp == 100
