"""Goods first, paid later: released within a limit, counted at acceptance, settled by money."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError

from marketplace import clock
from marketplace.database import db
from marketplace.identity.actor import Actor
from marketplace.working_days.counting import put_off
from orders.aftersales.service import give_refund
from orders.bank_refunds.queries import list_owed
from orders.cancellations.models import CancellationReason
from orders.cancellations.service import cancel_order
from orders.fulfilment.jobs import complete_due_orders
from orders.journal.models import AccountKind
from orders.journal.queries import get_balance
from orders.payments import calls
from orders.payments.bank_transfer.foreseeing import foresee_surplus
from orders.payments.errors import TradeNotPayable
from orders.payments.models import PaymentAttempt, PaymentOutcome, RefundReason
from orders.payments.pay_later.service import is_offered, release_trade
from orders.payments.repayments import write_attempt
from orders.payments.returning import list_returned
from orders.receivables import queries, service
from orders.receivables.errors import (
    ChangeConfirmedBySameOfficer,
    LimitExceeded,
    NothingOwed,
    OverdueBlocks,
    PayLaterNotOffered,
    RepaysTooMuch,
    TermsChangeDecided,
    TermsChangePending,
)
from orders.receivables.models import ReceivableReminder
from orders.trades.models import Order
from orders.trades.states import OrderState, TradeState
from partners.credits.models import Sale
from tests.factories.bank import (
    Clerk,
    attempts_of,
    make_clerk,
    make_officers,
    receive,
    refunds_of,
)
from tests.factories.debts import (
    buy_on_terms,
    debts_of,
    grant,
    make_clerk_on_terms,
    repay_online,
)
from tests.factories.orders import (
    Market,
    complete,
    deliver,
    lines_of,
    make_market,
    orders_of,
    place,
    refund_of,
    start_attempt,
    succeed,
    trade_of,
)
from tests.orders.invariants import broken

Officers = tuple[Actor, Actor]


@pytest.fixture
def market() -> Market:
    return make_market()


@pytest.fixture
def officers() -> Officers:
    return make_officers()


@pytest.fixture
def clerk(officers: Officers) -> Clerk:
    """A unit that may owe 10,000 yuan."""
    return make_clerk_on_terms(officers)


def sales_of(order: Order) -> list[Sale]:
    return list(db.session.scalars(select(Sale).where(Sale.cooperative_id == order.cooperative_id)))


class TestTerms:
    def test_take_two_officers(self, officers: Officers) -> None:
        unit = make_clerk().unit
        change = service.propose_terms(
            officers[0], unit.id, limit_fen=100, due_days=30, grace_days=15, reason="协议"
        )
        with pytest.raises(TermsChangePending):
            grant(officers, unit.id, 200)
        with pytest.raises(ChangeConfirmedBySameOfficer):
            service.confirm_terms(officers[0], change.id)
        assert queries.find_terms(unit.id) is None
        alone = text(
            "update pay_later_changes set state = 'confirmed', decided_by = proposed_by,"
            " decided_at = now()"
        )
        with pytest.raises(IntegrityError, match="two_officers"), db.session.begin_nested():
            db.session.execute(alone)
        service.confirm_terms(officers[1], change.id)
        with pytest.raises(TermsChangeDecided):
            service.confirm_terms(officers[1], change.id)
        grant(officers, unit.id, 200, due_days=20)
        terms = queries.find_terms(unit.id)
        assert terms is not None
        assert (terms.limit_fen, terms.due_days) == (200, 20)
        assert broken() == []


class TestReleaseTrade:
    def test_ships_goods_that_are_owed(self, market: Market, clerk: Clerk) -> None:
        trade = buy_on_terms(clerk.actor, [(market.mutton, 2), (market.rawap, 1)])
        assert (trade.state, trade_of(trade.id).paid_attempt_id) == (
            TradeState.PAID,
            attempts_of(trade.id)[0].id,
        )
        assert [order.state for order in orders_of(trade.id)] == [OrderState.PAID] * 2
        assert [debt.amount_fen for debt in debts_of(trade)] == [88_000, 11_600]
        assert [debt.due_on for debt in debts_of(trade)] == [None, None]
        assert get_balance(AccountKind.UNIT_RECEIVABLES, clerk.unit.id) == 99_600
        assert get_balance(AccountKind.COOPERATIVE_PENDING) == -99_600
        assert get_balance(AccountKind.PROVIDER_CLEARING) == 0
        assert sales_of(orders_of(trade.id)[0]) == []
        with pytest.raises(TradeNotPayable):
            release_trade(clerk.actor, trade.id)
        assert broken() == []

    def test_stays_within_the_limit(self, market: Market, officers: Officers) -> None:
        clerk = make_clerk_on_terms(officers, 11_600)
        trade_id = place(clerk.actor, [(market.mutton, 1)]).trade.id
        buy_on_terms(clerk.actor, [(market.mutton, 2)])
        assert not is_offered(trade_of(trade_id))
        with pytest.raises(LimitExceeded):
            release_trade(clerk.actor, trade_id)
        assert trade_of(trade_id).state is TradeState.OPEN

    def test_is_for_clerks_of_units_with_terms(self, market: Market, officers: Officers) -> None:
        clerk = make_clerk()
        for buyer in (market.buyer, clerk.actor):
            trade_id = place(buyer, [(market.mutton, 1)]).trade.id
            with pytest.raises(PayLaterNotOffered):
                release_trade(buyer, trade_id)
        grant(officers, clerk.unit.id, 100_000)
        grant(officers, clerk.unit.id, 0)
        with pytest.raises(PayLaterNotOffered):
            release_trade(clerk.actor, trade_id)

    def test_takes_an_online_payment_that_was_on_its_way_for_a_repayment(
        self, market: Market, clerk: Clerk
    ) -> None:
        trade_id = place(clerk.actor, [(market.mutton, 2)]).trade.id
        attempt_id = start_attempt(clerk.actor, trade_id)
        release_trade(clerk.actor, trade_id)
        assert succeed(attempt_id) == "repaid"
        assert queries.owed_by(clerk.unit.id) == 0
        assert broken() == []


class TestAcceptance:
    def test_counts_the_sale_and_lets_the_days_begin(self, market: Market, clerk: Clerk) -> None:
        trade = buy_on_terms(clerk.actor, [(market.mutton, 2)])
        [order] = orders_of(trade.id)
        give_refund(
            market.nanjiang.actor, order.id, order_line_id=lines_of(order)[0].id, quantity=1,
            reason="少一件",
        )  # fmt: skip
        calls.send_refund(refunds_of(trade.id)[0].id)
        delivered = deliver(clerk.actor, market.nanjiang, order)
        assert delivered.sale_on == clock.today()
        [sale] = sales_of(order)
        assert (sale.amount_fen, sale.returned_fen) == (11_600, 5_800)
        [debt] = debts_of(trade)
        assert debt.due_on == put_off(clock.today() + timedelta(days=30))
        assert debt.owed_fen == 5_800
        assert broken() == []

    def test_does_not_complete_before_the_money_came(
        self, market: Market, clerk: Clerk, travel: Callable[[datetime], None]
    ) -> None:
        trade = buy_on_terms(clerk.actor, [(market.mutton, 2)])
        [order] = orders_of(trade.id)
        deliver(clerk.actor, market.nanjiang, order)
        travel(clock.now() + timedelta(days=8))
        complete_due_orders()
        assert not complete(order)
        assert get_balance(AccountKind.COOPERATIVE_PAYABLE) == 0
        assert repay_online(clerk.actor, trade) == "repaid"
        complete_due_orders()
        assert orders_of(trade.id)[0].state is OrderState.COMPLETED
        assert get_balance(AccountKind.COOPERATIVE_PAYABLE) == -11_600
        assert broken() == []


class TestCalledOff:
    def test_before_shipping_leaves_nothing_owed_and_nothing_counted(
        self, market: Market, clerk: Clerk, run_jobs: Callable[[], int]
    ) -> None:
        trade = buy_on_terms(clerk.actor, [(market.mutton, 2)])
        [order] = orders_of(trade.id)
        cancel_order(clerk.actor, order.id, reason=CancellationReason.NOT_WANTED)
        run_jobs()
        assert orders_of(trade.id)[0].state is OrderState.CANCELLED
        [debt] = debts_of(trade)
        assert (debt.owed_fen, debt.paid_fen) == (0, 0)
        assert sales_of(order) == []
        assert get_balance(AccountKind.UNIT_RECEIVABLES, clerk.unit.id) == 0
        assert broken() == []


class TestRepaying:
    def test_online_in_parts(self, market: Market, clerk: Clerk) -> None:
        trade = buy_on_terms(clerk.actor, [(market.mutton, 2)])
        for wrong in (0, 11_601):
            with pytest.raises(RepaysTooMuch):
                write_attempt(
                    clerk.actor, trade.id, "sandbox", method="", payment_method=None,
                    amount_fen=wrong,
                )  # fmt: skip
        assert repay_online(clerk.actor, trade, 5_000) == "repaid"
        assert queries.owed_for(trade.id) == 6_600
        assert repay_online(clerk.actor, trade) == "repaid"
        assert get_balance(AccountKind.UNIT_RECEIVABLES, clerk.unit.id) == 0
        assert orders_of(trade.id)[0].settled_at is not None
        with pytest.raises(NothingOwed):
            repay_online(clerk.actor, trade)
        assert broken() == []

    def test_twice_sends_the_second_back(self, market: Market, clerk: Clerk) -> None:
        trade = buy_on_terms(clerk.actor, [(market.mutton, 2)])
        one, two = (
            write_attempt(
                clerk.actor, trade.id, "sandbox", method=method, payment_method=None,
                amount_fen=None,
            ).id
            for method in ("", "other")
        )  # fmt: skip
        assert [succeed(one), succeed(two)] == ["repaid", "second_success"]
        assert [refund.amount for refund in refunds_of(trade.id)] == [11_600]
        assert broken() == []

    def test_by_transfer_settles_the_other_debts_too_and_returns_the_rest(
        self, market: Market, clerk: Clerk, officers: Officers
    ) -> None:
        one = buy_on_terms(clerk.actor, [(market.mutton, 2)])
        two = buy_on_terms(clerk.actor, [(market.rawap, 1)])
        receive(officers, one, 5_000)
        assert queries.owed_for(one.id) == 6_600
        foreseen = foresee_surplus(one, 6_600 + 88_000 + 300)
        assert foreseen is not None
        assert foreseen.amount_fen == 300
        receive(officers, one, 6_600 + 88_000 + 300)
        assert queries.owed_by(clerk.unit.id) == 0
        outcomes = [attempt.outcome for attempt in attempts_of(two.id)]
        assert outcomes == [PaymentOutcome.ACCEPTED, PaymentOutcome.REPAID]
        [refund] = refunds_of(one.id)
        assert (refund.amount, refund.reason) == (300, RefundReason.SECOND_SUCCESS)
        assert get_balance(AccountKind.BANK) == 99_900
        assert broken() == []

    def test_before_a_refund_gives_the_money_back_as_it_came(
        self, market: Market, clerk: Clerk, officers: Officers
    ) -> None:
        trade = buy_on_terms(clerk.actor, [(market.mutton, 2)])
        receive(officers, trade, 10_000)
        [order] = orders_of(trade.id)
        case = give_refund(
            market.nanjiang.actor, order.id, order_line_id=lines_of(order)[0].id, quantity=1,
            reason="少一件",
        )  # fmt: skip
        for _ in range(2):
            calls.send_refund(refund_of(case).id)
        [debt] = debts_of(trade)
        assert (debt.reduced_fen, debt.returned_fen, debt.owed_fen) == (5_800, 4_200, 0)
        assert debt.settled_at is not None
        [owed] = list_owed()
        assert (owed.left_fen, owed.refund.reason) == (4_200, RefundReason.DEBT_REDUCED)
        repaid = db.session.get_one(PaymentAttempt, owed.refund.attempt_id)
        [told] = list_returned(repaid, [owed.refund])
        assert str(told.message).startswith("已归还的应付款因退货退款减少了；¥42.00 正在")
        assert get_balance(AccountKind.UNIT_RECEIVABLES, clerk.unit.id) == 0
        assert broken() == []


class TestOverdue:
    def test_ages_reminds_and_blocks(
        self, market: Market, clerk: Clerk, travel: Callable[[datetime], None]
    ) -> None:
        trade = buy_on_terms(clerk.actor, [(market.mutton, 2)])
        deliver(clerk.actor, market.nanjiang, orders_of(trade.id)[0])
        waiting = place(clerk.actor, [(market.mutton, 1)]).trade.id
        due_on = debts_of(trade)[0].due_on
        assert due_on is not None
        # A due day that is a holiday is put off; days count from what it came to be.
        put_off_by = due_on - clock.today() - timedelta(days=30)
        start, seen = clock.now() + put_off_by, []
        for days in (0, 28, 30, 31, 45, 46, 60, 61):
            travel(start + timedelta(days=days))
            service.note_reminders()
            service.note_reminders()
            [row] = queries.list_ageing(clock.today())
            ages = (row.current_fen, row.up_to_15_fen, row.up_to_30_fen, row.over_30_fen)
            seen.append(ages.index(11_600))
            assert queries.is_blocked(clerk.unit.id, clock.today()) is (days > 45)
        assert seen == [0, 0, 0, 1, 1, 2, 2, 3]
        stages = db.session.scalars(select(ReceivableReminder.stage).order_by("noted_at")).all()
        assert [str(each) for each in stages] == [
            "due_soon", "due", "overdue", "grace_over", "long_overdue",
        ]  # fmt: skip
        with pytest.raises(OverdueBlocks):
            service.lock_headroom(clerk.unit.id, 100)
        assert trade_of(waiting).state is TradeState.OPEN
        assert repay_online(clerk.actor, trade) == "repaid"
        assert service.lock_headroom(clerk.unit.id, 100).limit_fen == 1_000_000
        assert broken() == []
