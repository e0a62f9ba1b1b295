"""A wrong line is put right by two officers, in the next statement; the wrong one stays as it is."""

from collections.abc import Callable
from datetime import date, datetime, timedelta

import pytest

from marketplace import clock
from marketplace.database import db
from marketplace.identity.actor import Actor
from orders.journal.models import AccountKind
from orders.journal.queries import get_balance
from orders.settlements import jobs
from orders.settlements.correcting import (
    confirm_correction,
    propose_correction,
    reject_correction,
)
from orders.settlements.documents import write_statement_pdf
from orders.settlements.errors import (
    CorrectedBySameOfficer,
    CorrectionDecided,
    CorrectionPending,
    FeeCorrectedBelowZero,
    LineCorrectedBelowZero,
    LineNotInStatement,
)
from orders.settlements.models import CorrectionPart, LineKind, Statement
from orders.settlements.queries import list_disputes
from orders.settlements.service import answer_dispute, confirm_statement, dispute_line
from orders.settlements.states import StatementState
from orders.trades.models import Order
from tests.factories.orders import Market
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

END, NEXT_END = date(2026, 6, 15), date(2026, 6, 22)


@pytest.fixture
def order(market: Market) -> Order:
    return sell(market, market.nanjiang, [(market.mutton, 2)])


@pytest.fixture
def statement(order: Order, market: Market, officer: Actor, travel: Callable[[datetime], None]) -> Statement:  # fmt: skip
    """An issued statement of Nanjiang over 116 yuan."""
    complete_later(order)
    travel(START + timedelta(days=15))
    settle(officer, END)
    return statements_of(market.nanjiang.id)[0]


class TestCorrection:
    def test_answers_a_dispute_and_stands_in_the_next_statement(
        self,
        market: Market,
        officer: Actor,
        other_officer: Actor,
        statement: Statement,
        travel: Callable[[datetime], None],
    ) -> None:
        seller, [line] = market.nanjiang, payable_lines_of(market.nanjiang.id)
        dispute_line(seller.actor, statement.id, line_id=line.id, reason="运费少算 10 元")
        correction = propose_correction(
            officer, statement.id, line_id=line.id, part=CorrectionPart.AMOUNT, amount_fen=1000,
            reason="运费确实少算",
        )  # fmt: skip
        [dispute] = list_disputes(statement)
        with pytest.raises(CorrectionPending):
            answer_dispute(officer, dispute.id, answer="金额无误")
        with pytest.raises(CorrectedBySameOfficer):
            confirm_correction(officer, correction.id)
        frozen = statement.hash
        confirm_correction(other_officer, correction.id)
        with pytest.raises(CorrectionDecided):
            reject_correction(other_officer, correction.id)
        assert (statement.hash, statement.payable_fen) == (frozen, 11600)
        assert statement.state is StatementState.ISSUED
        assert dispute.answer == "运费确实少算"
        assert get_balance(AccountKind.SETTLEMENT_CORRECTIONS, None) == 1000
        travel(START + timedelta(days=22))
        settle(officer, NEXT_END)
        following = statements_of(seller.id)[1]
        assert (following.correction_fen, following.payable_fen) == (1000, 1000)
        assert payable_lines_of(seller.id)[-1].kind is LineKind.CORRECTION
        assert write_statement_pdf(following).startswith(b"%PDF")
        assert broken() == []

    def test_of_a_fee_gives_back_no_more_than_was_charged(
        self, market: Market, officer: Actor, statement: Statement
    ) -> None:
        [line] = payable_lines_of(market.nanjiang.id)
        with pytest.raises(FeeCorrectedBelowZero):
            propose_correction(
                officer, statement.id, line_id=line.id, part=CorrectionPart.FEE, amount_fen=1,
                reason="费率有误",
            )  # fmt: skip

    def test_takes_no_more_than_the_line_stands_for(
        self, market: Market, officer: Actor, other_officer: Actor, statement: Statement
    ) -> None:
        [line] = payable_lines_of(market.nanjiang.id)
        said = {"line_id": line.id, "part": CorrectionPart.AMOUNT, "reason": "多算"}
        with pytest.raises(LineCorrectedBelowZero) as refused:
            propose_correction(officer, statement.id, amount_fen=-11_601, **said)
        assert refused.value.status == 422
        former = propose_correction(officer, statement.id, amount_fen=-11_000, **said)
        confirm_correction(other_officer, former.id)
        with pytest.raises(LineCorrectedBelowZero, match=r"6\.00"):
            propose_correction(officer, statement.id, amount_fen=-601, **said)
        propose_correction(officer, statement.id, amount_fen=-600, **said)
        assert broken() == []

    def test_of_a_fee_is_given_back_with_the_goods(
        self,
        market: Market,
        officer: Actor,
        other_officer: Actor,
        order: Order,
        statement: Statement,
    ) -> None:
        [line] = payable_lines_of(market.nanjiang.id)
        correction = propose_correction(
            officer, statement.id, line_id=line.id, part=CorrectionPart.FEE, amount_fen=-200,
            reason="服务费漏收",
        )  # fmt: skip
        confirm_correction(other_officer, correction.id)
        assert get_balance(AccountKind.PLATFORM_FEE, None) == -200
        refund_late(market.nanjiang, order, quantity=2)
        assert get_balance(AccountKind.PLATFORM_FEE, None) == 0
        assert sum(one.payable_fen for one in payable_lines_of(market.nanjiang.id)) == 0
        assert broken() == []

    def test_is_of_a_line_of_the_statement_one_at_a_time_and_may_be_refused(
        self, market: Market, officer: Actor, other_officer: Actor, statement: Statement
    ) -> None:
        complete_later(sell(market, market.nanjiang, [(market.tea, 1)]))
        line, later = payable_lines_of(market.nanjiang.id)
        said = {"part": CorrectionPart.AMOUNT, "amount_fen": -500, "reason": "多算"}
        with pytest.raises(LineNotInStatement):
            propose_correction(officer, statement.id, line_id=later.id, **said)
        correction = propose_correction(officer, statement.id, line_id=line.id, **said)
        with pytest.raises(CorrectionPending):
            propose_correction(officer, statement.id, line_id=line.id, **said)
        reject_correction(other_officer, correction.id)
        propose_correction(officer, statement.id, line_id=line.id, **said)
        assert len(payable_lines_of(market.nanjiang.id)) == 2


class TestConfirmStatements:
    def test_confirms_by_itself_what_nobody_answered_in_its_days(
        self, market: Market, statement: Statement, travel: Callable[[datetime], None]
    ) -> None:
        assert statement.confirm_due_at is not None
        travel(statement.confirm_due_at - timedelta(minutes=1))
        jobs.confirm_statements()
        assert statements_of(market.nanjiang.id)[0].state is StatementState.ISSUED
        travel(statement.confirm_due_at)
        jobs.confirm_statements()
        [confirmed] = statements_of(market.nanjiang.id)
        assert confirmed.state is StatementState.CONFIRMED
        assert confirmed.confirmed_by is None
        assert broken() == []

    def test_leaves_what_is_disputed_and_gives_new_days_after_the_answer(
        self,
        market: Market,
        officer: Actor,
        statement: Statement,
        travel: Callable[[datetime], None],
    ) -> None:
        [line] = payable_lines_of(market.nanjiang.id)
        dispute_line(market.nanjiang.actor, statement.id, line_id=line.id, reason="数量不对")
        travel(clock.now() + timedelta(days=30))
        jobs.confirm_statements()
        db.session.expire_all()
        [dispute] = list_disputes(statement)
        answered = answer_dispute(officer, dispute.id, answer="数量以签收为准")
        assert answered.state is StatementState.ISSUED
        jobs.confirm_statements()
        assert confirm_statement(market.nanjiang.actor, statement.id).confirmed_by is not None
