"""What may happen to a statement, and what may not."""

import uuid
from collections.abc import Callable
from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from marketplace.database import db
from marketplace.identity.actor import Actor
from orders.journal.models import AccountKind
from orders.journal.queries import get_balance
from orders.settlements.errors import (
    DisputeAlreadyAnswered,
    LineAlreadyDisputed,
    LineNotInStatement,
    NothingToPay,
    PayoutAccountChanged,
    PayoutAccountMissing,
    ReleasedBySameOfficer,
    StatementNotFound,
    StatementStateForbids,
)
from orders.settlements.models import Statement
from orders.settlements.queries import list_disputes
from orders.settlements.service import (
    answer_dispute,
    confirm_statement,
    dispute_line,
    record_failed,
    record_paid,
    reissue_statement,
    release_statement,
)
from orders.settlements.states import StatementState
from orders.trades.models import Order
from tests.factories.identity import make_actor
from tests.factories.orders import Market
from tests.factories.settlements import (
    START,
    complete_later,
    give_account,
    payable_lines_of,
    refund_late,
    release,
    sell,
    settle,
    statements_of,
)
from tests.orders.invariants import broken

END = date(2026, 6, 15)


@pytest.fixture
def statement(market: Market, officer: Actor, travel: Callable[[datetime], None]) -> Statement:
    """An issued statement of Nanjiang over 116 yuan."""
    complete_later(sell(market, market.nanjiang, [(market.mutton, 2)]))
    travel(START + timedelta(days=15))
    settle(officer, END)
    return statements_of(market.nanjiang.id)[0]


@pytest.fixture
def confirmed(market: Market, statement: Statement) -> Statement:
    return confirm_statement(market.nanjiang.actor, statement.id)


class TestIssue:
    def test_freezes_the_payee_and_a_hash(self, statement: Statement) -> None:
        assert statement.state is StatementState.ISSUED
        assert (statement.bank_name, statement.account_masked) == ("示例农商银行", "**** 2233")
        assert statement.hash is not None
        assert len(statement.hash) == 32
        assert broken() == []

    def test_shows_every_later_change_of_what_was_issued(
        self, statement: Statement, database: object
    ) -> None:
        db.session.execute(text("update statements set bank_name = '别的银行'"))
        assert [line.split(":")[0] for line in broken()] == ["I5 出具后的结算单与其哈希相符"]

    @pytest.mark.parametrize("change", ["payable_fen = 1, balance_fen = 1", "end_on = end_on + 1"])
    def test_leaves_amounts_and_window_to_nobody(self, statement: Statement, change: str) -> None:
        with pytest.raises(DBAPIError, match="permission denied"), db.session.begin_nested():
            db.session.execute(text(f"update statements set {change}"))


class TestConfirm:
    def test_is_the_cooperatives_own(self, market: Market, statement: Statement) -> None:
        for stranger in (market.xinhe.actor, market.buyer, make_actor()):
            with pytest.raises(StatementNotFound):
                confirm_statement(stranger, statement.id)
        assert confirm_statement(market.nanjiang.actor, statement.id).state == "confirmed"

    def test_happens_once(self, market: Market, confirmed: Statement) -> None:
        with pytest.raises(StatementStateForbids):
            confirm_statement(market.nanjiang.actor, confirmed.id)

    def test_waits_for_issue(
        self, market: Market, officer: Actor, travel: Callable[[datetime], None]
    ) -> None:
        complete_later(sell(market, market.nanjiang, [(market.mutton, 1)]))
        travel(START + timedelta(days=15))
        settle(officer, END, is_issued=False)
        [draft] = statements_of(market.nanjiang.id)
        with pytest.raises(StatementNotFound):
            confirm_statement(market.nanjiang.actor, draft.id)


class TestDispute:
    def test_keeps_the_statement_until_it_is_answered(
        self, market: Market, officer: Actor, statement: Statement
    ) -> None:
        [line] = payable_lines_of(market.nanjiang.id)
        seller = market.nanjiang.actor
        dispute_line(seller, statement.id, line_id=line.id, reason="运费不对")
        with pytest.raises(StatementStateForbids):
            confirm_statement(seller, statement.id)
        with pytest.raises(LineAlreadyDisputed):
            dispute_line(seller, statement.id, line_id=line.id, reason="运费不对")
        [dispute] = list_disputes(statement)
        answer_dispute(officer, dispute.id, answer="运费按下单时的规则计算")
        assert statement.state is StatementState.ISSUED
        with pytest.raises(DisputeAlreadyAnswered):
            answer_dispute(officer, dispute.id, answer="再答一次")
        assert confirm_statement(seller, statement.id).state is StatementState.CONFIRMED

    def test_refuses_a_line_of_another_statement(
        self, market: Market, statement: Statement
    ) -> None:
        complete_later(sell(market, market.xinhe, [(market.rawap, 1)]))
        complete_later(sell(market, market.nanjiang, [(market.tea, 1)]))
        later = payable_lines_of(market.nanjiang.id)[-1]
        foreign = payable_lines_of(market.xinhe.id)[0]
        for line_id in (later.id, foreign.id, uuid.uuid4()):
            with pytest.raises(LineNotInStatement):
                dispute_line(
                    market.nanjiang.actor, statement.id, line_id=line_id, reason="不是这期"
                )
        assert statement.state is StatementState.ISSUED


class TestRelease:
    def test_takes_two_different_officers(
        self, officer: Actor, other_officer: Actor, confirmed: Statement
    ) -> None:
        release_statement(officer, confirmed.id)
        assert confirmed.state is StatementState.CONFIRMED
        with pytest.raises(ReleasedBySameOfficer):
            release_statement(officer, confirmed.id)
        release_statement(other_officer, confirmed.id)
        assert confirmed.state is StatementState.RELEASED
        assert broken() == []

    def test_waits_for_the_cooperative(self, officer: Actor, statement: Statement) -> None:
        with pytest.raises(StatementStateForbids):
            release_statement(officer, statement.id)

    def test_refuses_a_statement_without_an_account(
        self, market: Market, officer: Actor, confirmed: Statement
    ) -> None:
        db.session.execute(text("update statements set payout_account_id = null"))
        with pytest.raises(PayoutAccountMissing):
            release_statement(officer, confirmed.id)

    def test_refuses_an_account_that_was_changed_in_between(
        self, market: Market, officer: Actor, other_officer: Actor, confirmed: Statement
    ) -> None:
        release_statement(officer, confirmed.id)
        give_account(market.nanjiang, "9999888877776666")
        with pytest.raises(PayoutAccountChanged):
            release_statement(other_officer, confirmed.id)
        reissue_statement(officer, confirmed.id)
        assert confirmed.account_masked == "**** 6666"
        assert confirmed.first_released_by is None
        confirm_statement(market.nanjiang.actor, confirmed.id)
        release(confirmed, officer, other_officer)
        assert confirmed.state is StatementState.RELEASED
        assert broken() == []

    def test_refuses_when_nothing_is_payable(
        self,
        market: Market,
        officer: Actor,
        statement: Statement,
        travel: Callable[[datetime], None],
    ) -> None:
        order_line = payable_lines_of(market.nanjiang.id)[0]
        refund_late(market.nanjiang, db.session.get_one(Order, order_line.order_id), quantity=2)
        travel(START + timedelta(days=30))
        settle(officer, date(2026, 6, 29))
        owing = statements_of(market.nanjiang.id)[-1]
        assert owing.balance_fen == -11_600
        confirm_statement(market.nanjiang.actor, owing.id)
        with pytest.raises(NothingToPay):
            release_statement(officer, owing.id)

    def test_by_one_person_is_impossible_in_the_database_too(self, confirmed: Statement) -> None:
        who = uuid.uuid4()
        with pytest.raises(DBAPIError, match="two_officers"), db.session.begin_nested():
            db.session.execute(
                text(
                    "update statements set state = 'released', first_released_by = :who,"
                    " second_released_by = :who"
                ),
                {"who": who},
            )


class TestRecordPaid:
    def test_moves_the_money_from_payable_to_bank(
        self, market: Market, officer: Actor, other_officer: Actor, confirmed: Statement
    ) -> None:
        release(confirmed, officer, other_officer)
        record_paid(confirmed.id, bank_serial="B202606150001")
        assert get_balance(AccountKind.COOPERATIVE_PAYABLE, market.nanjiang.id) == 0
        assert get_balance(AccountKind.BANK) == -11_600
        with pytest.raises(StatementStateForbids):
            record_paid(confirmed.id, bank_serial="B202606150002")
        assert broken() == []

    def test_is_not_for_what_was_not_released(self, confirmed: Statement) -> None:
        with pytest.raises(StatementStateForbids):
            record_paid(confirmed.id, bank_serial="B202606150001")


class TestRecordFailed:
    def test_asks_two_officers_again(
        self, officer: Actor, other_officer: Actor, confirmed: Statement
    ) -> None:
        release(confirmed, officer, other_officer)
        record_failed(confirmed.id, failure="户名不符")
        assert (confirmed.state, confirmed.first_released_by) == (StatementState.FAILED, None)
        release(confirmed, other_officer, officer)
        assert confirmed.state is StatementState.RELEASED
        assert broken() == []
