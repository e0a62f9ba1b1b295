"""Money back by the bank: to the accounts that it came from, by two officers, once."""

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from marketplace.database import db
from marketplace.identity.actor import Actor
from orders.aftersales.models import AftersalesCase
from orders.aftersales.service import give_refund
from orders.bank_entries import service as bank
from orders.bank_entries.models import EntryState
from orders.bank_refunds import queries, service
from orders.bank_refunds.errors import (
    ListAlreadyDecided,
    ListNotReleased,
    ListReleasedByItsMaker,
    NothingToPayBack,
    PayeeNotWanted,
    PayeeSetByReleaser,
)
from orders.bank_refunds.models import BankRefund, BankRefundList
from orders.journal.models import AccountKind
from orders.journal.queries import get_balance
from orders.payments.models import RefundState
from orders.payouts.bank_files import AMOUNT, FAILURE, NUMBER, RESULT, SERIAL
from orders.payouts.errors import ResultFileWrong
from orders.payouts.service import Taken
from orders.trades.models import Trade
from orders.trades.states import AftersalesState
from tests.factories.bank import (
    announce,
    bank_entries,
    bring_in,
    code_of,
    make_clerk,
    make_officers,
    matches,
    receipt,
    receive,
    refunds_of,
)
from tests.factories.orders import Market, lines_of, make_market, orders_of
from tests.orders.invariants import broken

HEAD = [NUMBER, AMOUNT, RESULT, SERIAL, FAILURE]
Officers = tuple[Actor, Actor]


@pytest.fixture
def officers() -> Officers:
    return make_officers()


@pytest.fixture
def market() -> Market:
    return make_market()


@pytest.fixture
def trade(market: Market) -> Trade:
    """A unit's trade over 116 yuan that waits for its transfer."""
    return announce(make_clerk().actor, [(market.mutton, 2)])


def released(officers: Officers) -> BankRefundList:
    return service.release_list(officers[1], service.make_list(officers[0]).id)


def paid(payment: BankRefund, serial: str) -> list[str]:
    return [payment.payment_no, f"{payment.amount_fen / 100:.2f}", "成功", serial, ""]


def failed(payment: BankRefund) -> list[str]:
    return [payment.payment_no, f"{payment.amount_fen / 100:.2f}", "失败", "", "户名不符"]


def pay_all(officers: Officers, found: BankRefundList) -> Taken:
    rows = [paid(each, f"B{each.payment_no}") for each in queries.list_payments(found)]
    return service.read_results(officers[0], found.id, [HEAD, *rows])


class TestMakeList:
    def test_holds_what_is_owed_once(self, trade: Trade, officers: Officers) -> None:
        with pytest.raises(NothingToPayBack):
            service.make_list(officers[0])
        receive(officers, trade, 12_000)
        made = service.make_list(officers[0])
        assert (made.payments, made.total_fen) == (1, 400)
        with pytest.raises(NothingToPayBack):
            service.make_list(officers[1])
        assert broken() == []

    def test_pays_back_to_no_account_more_than_it_sent(
        self, market: Market, trade: Trade, officers: Officers
    ) -> None:
        receive(officers, trade, 11_000)
        receive(officers, trade, 600)
        [order] = orders_of(trade.id)
        case = give_refund(
            market.nanjiang.actor, order.id, order_line_id=lines_of(order)[0].id, quantity=1,
            reason="少发一件",
        )  # fmt: skip
        found = released(officers)
        payments = queries.list_payments(found)
        assert [each.amount_fen for each in payments] == [600, 5_200]
        first = [HEAD, paid(payments[0], "B1")]
        service.read_results(officers[0], found.id, first)
        assert refunds_of(trade.id)[0].state is not RefundState.SUCCEEDED
        assert broken() == []
        service.read_results(officers[0], found.id, [*first, paid(payments[1], "B2")])
        assert refunds_of(trade.id)[0].state is RefundState.SUCCEEDED
        finished = db.session.get_one(AftersalesCase, case.id, populate_existing=True)
        assert finished.state is AftersalesState.DONE
        assert get_balance(AccountKind.BANK) == 5_800
        assert broken() == []

    def test_returns_receipts_that_belong_to_nothing(self, officers: Officers) -> None:
        bring_in(officers[0], receipt(700, name="别处"))
        bank.propose_return(officers[0], bank_entries()[0].id, reason="付款方转错")
        bank.confirm_match(officers[1], matches()[0].id)
        found = released(officers)
        assert pay_all(officers, found) == Taken(paid=1, failed=0, repeated=0)
        assert bank_entries()[0].state is EntryState.RETURNED
        assert get_balance(AccountKind.BANK) == 0
        assert get_balance(AccountKind.UNIDENTIFIED_RECEIPTS) == 0
        assert broken() == []


class TestReleaseList:
    def test_takes_another_officer(self, trade: Trade, officers: Officers) -> None:
        receive(officers, trade, 12_000)
        made = service.make_list(officers[0])
        with pytest.raises(ListReleasedByItsMaker):
            service.release_list(officers[0], made.id)
        for early in (service.take_file, lambda *who: pay_all(officers, made)):
            with pytest.raises(ListNotReleased):
                early(officers[0], made.id)
        service.release_list(officers[1], made.id)
        with pytest.raises(ListAlreadyDecided):
            service.release_list(officers[1], made.id)
        _, [instruction] = service.take_file(officers[1], made.id)
        assert (instruction.account_no, instruction.amount_fen) == ("3300001234567890", 400)

    def test_by_one_officer_is_refused_by_the_database(
        self, trade: Trade, officers: Officers
    ) -> None:
        receive(officers, trade, 12_000)
        service.make_list(officers[0])
        alone = text(
            "update bank_refund_lists set state = 'released', decided_by = made_by,"
            " decided_at = now()"
        )
        with pytest.raises(IntegrityError, match="two_officers"), db.session.begin_nested():
            db.session.execute(alone)

    def test_refused_leaves_all_waiting(self, trade: Trade, officers: Officers) -> None:
        receive(officers, trade, 12_000)
        service.reject_list(officers[0], service.make_list(officers[0]).id)
        assert broken() == []
        assert service.make_list(officers[0]).total_fen == 400


class TestReadResults:
    def test_of_the_same_file_again_changes_nothing(self, trade: Trade, officers: Officers) -> None:
        receive(officers, trade, 12_000)
        found = released(officers)
        assert pay_all(officers, found) == Taken(paid=1, failed=0, repeated=0)
        assert pay_all(officers, found) == Taken(paid=0, failed=0, repeated=1)
        assert get_balance(AccountKind.BANK) == 11_600
        assert get_balance(AccountKind.BUYERS_CLEARING) == 0
        assert broken() == []

    def test_lets_what_failed_wait_for_the_next_list(
        self, trade: Trade, officers: Officers
    ) -> None:
        receive(officers, trade, 12_000)
        found = released(officers)
        [payment] = queries.list_payments(found)
        service.read_results(officers[0], found.id, [HEAD, failed(payment)])
        with pytest.raises(ResultFileWrong):
            service.read_results(officers[0], found.id, [HEAD, paid(payment, "B9")])
        again = released(officers)
        pay_all(officers, again)
        assert refunds_of(trade.id)[0].state is RefundState.SUCCEEDED
        assert broken() == []

    def test_lets_a_closed_account_be_replaced_by_three_pairs_of_eyes(
        self, trade: Trade, officers: Officers
    ) -> None:
        receive(officers, trade, 12_000)
        found = released(officers)
        [payment] = queries.list_payments(found)
        account = {"name": "示例小学 · 缙云", "account_no": "6222020200999999",
                   "bank_name": "示例银行", "reason": "原账户已销户"}  # fmt: skip
        with pytest.raises(PayeeNotWanted):
            service.correct_payee(officers[1], payment.bank_entry_id, **account)
        service.read_results(officers[0], found.id, [HEAD, failed(payment)])
        service.correct_payee(officers[1], payment.bank_entry_id, **account)
        again = service.make_list(officers[0])
        with pytest.raises(PayeeSetByReleaser):
            service.release_list(officers[1], again.id)
        third = make_officers()[0]
        service.release_list(third, again.id)
        _, [instruction] = service.take_file(third, again.id)
        assert instruction.account_no == "6222020200999999"
        pay_all(officers, again)
        assert broken() == []

    def test_refuses_a_serial_of_another_payment(self, trade: Trade, officers: Officers) -> None:
        receive(officers, trade, 12_000)
        receive(officers, trade, 500)
        found = released(officers)
        one, two = queries.list_payments(found)
        service.read_results(officers[0], found.id, [HEAD, paid(one, "B1")])
        with pytest.raises(ResultFileWrong):
            service.read_results(officers[0], found.id, [HEAD, paid(two, "B1")])
        assert code_of(trade)
        assert broken() == []
