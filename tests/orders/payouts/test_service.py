"""Batches for the bank, and the bank's answers."""

from collections.abc import Sequence

import pytest

from marketplace.identity.actor import Actor
from orders.journal.models import AccountKind
from orders.journal.queries import get_balance
from orders.payouts import queries
from orders.payouts.bank_files import AMOUNT, FAILURE, NUMBER, RESULT, SERIAL
from orders.payouts.errors import NothingReleased, ResultFileWrong
from orders.payouts.models import Payout, PayoutBatch, PayoutState
from orders.payouts.service import Taken, make_batch, read_results
from orders.settlements.models import Statement
from orders.settlements.states import StatementState
from tests.factories.settlements import release
from tests.orders.invariants import broken

HEAD = [NUMBER, AMOUNT, RESULT, SERIAL, FAILURE]
Officers = tuple[Actor, Actor]


@pytest.fixture
def batch(released: list[Statement], officers: Officers) -> PayoutBatch:
    return make_batch(officers[0])


def payouts_of(batch: PayoutBatch) -> list[Payout]:
    return sorted(queries.list_payouts(batch), key=lambda payout: payout.amount_fen)


def paid(payout: Payout, serial: str) -> list[str]:
    return [payout.payout_no, f"{payout.amount_fen / 100:.2f}", "成功", serial, ""]


def failed(payout: Payout, why: str = "户名不符") -> list[str]:
    return [payout.payout_no, f"{payout.amount_fen / 100:.2f}", "失败", "", why]


def reasons(refused: ResultFileWrong) -> list[tuple[int, str]]:
    return [(each["row"], each["reason"]) for each in refused.extra["rows"]]


class TestMakeBatch:
    def test_holds_each_released_statement_once(
        self, batch: PayoutBatch, officers: Officers
    ) -> None:
        assert (batch.payouts, batch.total_fen) == (2, 99_600)
        assert [payout.amount_fen for payout in payouts_of(batch)] == [11_600, 88_000]
        with pytest.raises(NothingReleased):
            make_batch(officers[1])
        assert broken() == []


class TestReadResults:
    def test_pays_what_the_bank_paid(
        self, batch: PayoutBatch, officers: Officers, released: list[Statement]
    ) -> None:
        one, two = payouts_of(batch)
        taken = read_results(officers[0], batch.id, [HEAD, paid(one, "B1"), paid(two, "B2")])
        assert taken == Taken(paid=2, failed=0, repeated=0)
        assert {statement.state for statement in released} == {StatementState.PAID}
        assert released[0].bank_serial == "B1"
        assert get_balance(AccountKind.COOPERATIVE_PAYABLE) == 0
        assert get_balance(AccountKind.BANK) == -99_600
        assert broken() == []

    def test_of_the_same_file_again_changes_nothing(
        self, batch: PayoutBatch, officers: Officers
    ) -> None:
        one, two = payouts_of(batch)
        rows = [HEAD, paid(one, "B1"), failed(two)]
        assert read_results(officers[0], batch.id, rows) == Taken(paid=1, failed=1, repeated=0)
        assert read_results(officers[1], batch.id, rows) == Taken(paid=0, failed=0, repeated=2)
        assert get_balance(AccountKind.BANK) == -11_600
        assert broken() == []

    def test_lets_a_failed_payout_be_released_and_sent_again(
        self, batch: PayoutBatch, officers: Officers, released: list[Statement]
    ) -> None:
        one, two = payouts_of(batch)
        read_results(officers[0], batch.id, [HEAD, paid(one, "B1"), failed(two)])
        with pytest.raises(NothingReleased):
            make_batch(officers[0])
        release(released[1], *officers)
        again = make_batch(officers[0])
        [retry] = payouts_of(again)
        assert (retry.amount_fen, retry.state) == (88_000, PayoutState.SENT)
        read_results(officers[0], again.id, [HEAD, paid(retry, "B3")])
        assert released[1].state is StatementState.PAID
        assert broken() == []

    @pytest.mark.parametrize(
        ("change", "why"),
        [
            ({0: "FK2345-6789-ABCD"}, "付款编号不在这个批次里"),
            ({1: "116.01"}, "金额与付款金额不符"),
            ({1: "很多"}, "金额无法识别"),
            ({1: "1e400"}, "金额无法识别"),
            ({1: "NaN"}, "金额无法识别"),
            ({2: "待查"}, "结果应为“成功”或“失败”"),
            ({3: ""}, "成功的付款须有银行流水号"),
            ({3: "B2"}, "银行流水号已用于另一笔付款"),
        ],
    )
    def test_takes_nothing_of_a_file_with_a_wrong_row(
        self, batch: PayoutBatch, officers: Officers, change: dict[int, str], why: str
    ) -> None:
        one, two = payouts_of(batch)
        wrong = paid(one, "B1")
        for column, value in change.items():
            wrong[column] = value
        with pytest.raises(ResultFileWrong) as refused:
            read_results(officers[0], batch.id, [HEAD, paid(two, "B2"), wrong])
        assert reasons(refused.value) == [(3, why)]
        assert {payout.state for payout in payouts_of(batch)} == {PayoutState.SENT}
        assert get_balance(AccountKind.BANK) == 0

    def test_refuses_another_result_for_a_payout_that_has_one(
        self, batch: PayoutBatch, officers: Officers
    ) -> None:
        one, two = payouts_of(batch)
        read_results(officers[0], batch.id, [HEAD, paid(one, "B1"), failed(two)])
        for row in (paid(one, "B9"), failed(one), paid(two, "B2")):
            with pytest.raises(ResultFileWrong) as refused:
                read_results(officers[0], batch.id, [HEAD, row])
            assert reasons(refused.value) == [(2, "该笔付款此前已有不同的结果")]
        with pytest.raises(ResultFileWrong) as refused:
            read_results(officers[0], batch.id, [HEAD, paid(one, "B1"), paid(one, "B1")])
        assert reasons(refused.value) == [(3, "同一付款编号出现了两次")]

    @pytest.mark.parametrize("rows", [[], [[NUMBER, RESULT]], [["付款"]]])
    def test_refuses_a_file_without_its_columns(
        self, batch: PayoutBatch, officers: Officers, rows: Sequence[list[str]]
    ) -> None:
        with pytest.raises(ResultFileWrong):
            read_results(officers[0], batch.id, rows)
