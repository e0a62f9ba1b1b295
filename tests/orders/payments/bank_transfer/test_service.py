"""Transfers: announced, received in one part or several, and what comes too much or too late."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask

from marketplace import clock
from marketplace.identity.actor import Actor
from marketplace.working_days.counting import end_of_working_day
from orders.bank_entries.service import confirm_match
from orders.checkout.closing import cancel_trade, expire_trade
from orders.checkout.errors import PaymentUndecided
from orders.journal.entries import provider_owner
from orders.journal.models import AccountKind
from orders.journal.queries import get_balance
from orders.payments import calls
from orders.payments.bank_transfer import service
from orders.payments.bank_transfer.errors import (
    TooManyTransfersWaiting,
    TransferNotOffered,
    TransferPartReceived,
)
from orders.payments.bank_transfer.queries import PROVIDER
from orders.payments.bank_transfer.references import find_codes, new_code, spell
from orders.payments.changing import change_means
from orders.payments.models import PaymentOutcome, PaymentState, RefundReason, RefundState
from orders.trades.errors import TradeNotFound
from orders.trades.models import Trade
from orders.trades.states import TradeState
from tests.factories.bank import (
    Clerk,
    announce,
    attempts_of,
    bring_in,
    code_of,
    make_clerk,
    make_officers,
    matches,
    receipt,
    receive,
    refunds_of,
)
from tests.factories.orders import Market, make_market, place, start_attempt, succeed, trade_of
from tests.orders.invariants import broken

Officers = tuple[Actor, Actor]


@pytest.fixture
def market() -> Market:
    return make_market()


@pytest.fixture
def clerk() -> Clerk:
    return make_clerk()


@pytest.fixture
def officers() -> Officers:
    return make_officers()


@pytest.fixture
def trade(market: Market, clerk: Clerk) -> Trade:
    """Two legs of mutton for the unit: 116 yuan."""
    return announce(clerk.actor, [(market.mutton, 2)])


class TestDeadlines:
    @pytest.mark.parametrize(
        ("start", "days", "end"),
        [
            ("2026-06-01T04:00", 5, "2026-06-08T16:00"),  # Monday → Monday's end in Shanghai
            ("2026-06-05T04:00", 1, "2026-06-08T16:00"),  # Friday → Monday's end
            ("2026-06-06T04:00", 1, "2026-06-08T16:00"),  # Saturday → Monday's end
        ],
    )
    def test_count_working_days(self, start: str, days: int, end: str) -> None:
        begin, until = (datetime.fromisoformat(each).replace(tzinfo=UTC) for each in (start, end))
        assert end_of_working_day(begin, days) == until


class TestReferences:
    def test_are_found_however_a_bank_writes_them(self) -> None:
        code = new_code()
        wide = "".join(chr(ord(c) + 0xFEE0) for c in code)
        for remark in (
            code,
            spell(code),
            code.lower(),
            f"货款{spell(code)}谢谢",
            wide,
            f"A{code}9",
        ):
            assert find_codes(remark) == [code], remark

    def test_are_not_found_where_a_letter_is_wrong(self) -> None:
        code = new_code()
        wrong = code[:-1] + ("2" if code[-1] != "2" else "3")
        assert find_codes(wrong) == []
        assert find_codes("") == []


class TestStartTransfer:
    def test_gives_a_code_and_days_to_pay(self, trade: Trade, clerk: Clerk) -> None:
        [attempt] = attempts_of(trade.id)
        assert (attempt.provider, attempt.state) == (PROVIDER, PaymentState.PENDING)
        assert trade.expires_at == end_of_working_day(trade.placed_at, 5)
        again = service.start_transfer(clerk.actor, trade.id)
        assert again.id == attempt.id
        assert broken() == []

    def test_is_for_units_unless_the_shop_says_otherwise(
        self, app: Flask, market: Market, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        trade_id = place(market.buyer, [(market.mutton, 1)]).trade.id
        with pytest.raises(TransferNotOffered):
            service.start_transfer(market.buyer, trade_id)
        settings = replace(app.config["SETTINGS"], bank_transfer_for_persons=True)
        monkeypatch.setitem(app.config, "SETTINGS", settings)
        assert service.start_transfer(market.buyer, trade_id).provider == PROVIDER

    def test_hides_the_trade_of_another(self, market: Market, trade: Trade) -> None:
        with pytest.raises(TradeNotFound):
            service.start_transfer(market.buyer, trade.id)

    def test_holds_stock_for_so_many_trades_only(
        self, market: Market, clerk: Clerk, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(service, "MAX_WAITING", 1)
        announce(clerk.actor, [(market.mutton, 1)])
        with pytest.raises(TooManyTransfersWaiting):
            announce(clerk.actor, [(market.mutton, 1)])


class TestReceive:
    def test_pays_the_trade_by_the_one_path(self, trade: Trade, officers: Officers) -> None:
        receive(officers, trade, 11_600)
        [attempt] = attempts_of(trade.id)
        assert trade_of(trade.id).state is TradeState.PAID
        assert (attempt.outcome, attempt.captured) == (PaymentOutcome.ACCEPTED, 11_600)
        assert get_balance(AccountKind.BANK) == 11_600
        assert get_balance(AccountKind.COOPERATIVE_PENDING) == -11_600
        assert get_balance(AccountKind.UNIDENTIFIED_RECEIPTS) == 0
        assert broken() == []

    def test_adds_parts_up(self, trade: Trade, officers: Officers) -> None:
        receive(officers, trade, 5_000)
        assert trade_of(trade.id).state is TradeState.OPEN
        assert get_balance(AccountKind.PROVIDER_CLEARING, provider_owner(PROVIDER)) == -5_000
        assert broken() == []
        receive(officers, trade, 6_600)
        assert trade_of(trade.id).state is TradeState.PAID
        assert broken() == []

    def test_sends_back_what_is_too_much(self, trade: Trade, officers: Officers) -> None:
        receive(officers, trade, 12_000)
        assert trade_of(trade.id).state is TradeState.PAID
        [refund] = refunds_of(trade.id)
        assert (refund.amount, refund.state) == (400, RefundState.REQUESTED)
        assert get_balance(AccountKind.BUYERS_CLEARING) == -400
        assert broken() == []

    def test_sends_back_a_second_payment(self, trade: Trade, officers: Officers) -> None:
        receive(officers, trade, 11_600)
        receive(officers, trade, 11_600)
        [refund] = refunds_of(trade.id)
        assert (refund.amount, refund.reason) == (11_600, RefundReason.SECOND_SUCCESS)
        assert broken() == []

    def test_sends_back_what_comes_after_an_online_payment(
        self, trade: Trade, clerk: Clerk, officers: Officers
    ) -> None:
        assert succeed(start_attempt(clerk.actor, trade.id)) == "accepted"
        receive(officers, trade, 5_000)
        [refund] = refunds_of(trade.id)
        assert (refund.amount, refund.reason) == (5_000, RefundReason.SECOND_SUCCESS)
        assert broken() == []

    def test_sends_back_what_comes_after_the_trade_was_cancelled(
        self, trade: Trade, clerk: Clerk, officers: Officers
    ) -> None:
        cancel_trade(clerk.actor, trade.id)
        assert [attempt.state for attempt in attempts_of(trade.id)] == [PaymentState.CLOSED]
        receive(officers, trade, 11_600)
        assert trade_of(trade.id).state is TradeState.CANCELLED
        [refund] = refunds_of(trade.id)
        assert (refund.amount, refund.reason) == (11_600, RefundReason.TRADE_CANCELLED)
        assert broken() == []

    def test_sends_back_a_part_when_the_time_is_over(
        self, trade: Trade, officers: Officers, travel: Callable[[datetime], None]
    ) -> None:
        receive(officers, trade, 5_000)
        travel(trade.expires_at + timedelta(minutes=1))
        assert expire_trade(trade.id)
        assert trade_of(trade.id).state is TradeState.EXPIRED
        [refund] = refunds_of(trade.id)
        assert (refund.amount, refund.reason) == (5_000, RefundReason.WRONG_AMOUNT)
        receive(officers, trade, 6_600)
        late = refunds_of(trade.id)[1]
        assert (late.amount, late.reason) == (6_600, RefundReason.TRADE_EXPIRED)
        assert broken() == []

    def test_holds_the_end_of_the_trade_up_while_its_receipt_is_being_identified(
        self, trade: Trade, clerk: Clerk, officers: Officers, travel: Callable[[datetime], None]
    ) -> None:
        bring_in(officers[0], receipt(11_600, code_of(trade)))
        travel(trade.expires_at + timedelta(minutes=1))
        with pytest.raises(PaymentUndecided):
            cancel_trade(clerk.actor, trade.id)
        assert not expire_trade(trade.id)
        confirm_match(officers[1], matches()[0].id)
        assert trade_of(trade.id).state is TradeState.PAID
        assert broken() == []

    def test_takes_the_day_of_the_last_transfer_for_the_sale(
        self, trade: Trade, officers: Officers, travel: Callable[[datetime], None]
    ) -> None:
        travel(clock.now() + timedelta(days=1))
        receive(officers, trade, 11_600)
        paid_at = trade_of(trade.id).paid_at
        assert paid_at is not None
        assert clock.shanghai_date(paid_at) == clock.today()


class TestChangeMeans:
    def test_closes_what_is_open_and_lets_the_buyer_choose_again(
        self, trade: Trade, clerk: Clerk, officers: Officers
    ) -> None:
        code = code_of(trade)
        change_means(clerk.actor, trade.id)
        assert [attempt.state for attempt in attempts_of(trade.id)] == [PaymentState.CLOSED]
        service.start_transfer(clerk.actor, trade.id)
        assert code_of(trade) == code
        receive(officers, trade, 11_600)
        assert trade_of(trade.id).state is TradeState.PAID
        assert broken() == []

    def test_still_takes_a_transfer_that_was_on_its_way(
        self, trade: Trade, clerk: Clerk, officers: Officers
    ) -> None:
        change_means(clerk.actor, trade.id)
        receive(officers, trade, 11_600)
        assert trade_of(trade.id).state is TradeState.PAID
        assert broken() == []

    def test_is_refused_once_a_part_has_arrived(
        self, trade: Trade, clerk: Clerk, officers: Officers
    ) -> None:
        receive(officers, trade, 100)
        with pytest.raises(TransferPartReceived):
            change_means(clerk.actor, trade.id)


class TestRefunds:
    def test_wait_for_the_bank(
        self, trade: Trade, officers: Officers, run_jobs: Callable[[], int]
    ) -> None:
        receive(officers, trade, 11_600)
        receive(officers, trade, 100)
        run_jobs()
        [refund] = refunds_of(trade.id)
        assert refund.state is RefundState.SENT
        calls.send_refund(refund.id)
        assert refunds_of(trade.id)[0].state is RefundState.SENT
        assert broken() == []
