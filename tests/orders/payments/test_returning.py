"""Whoever paid what cannot be kept is told which payment, how much, why, where to, and how far it is."""

import re
import uuid
from collections.abc import Sequence

import pytest
from flask.testing import FlaskClient

from marketplace import clock
from marketplace.currencies import in_currency
from marketplace.database import db
from marketplace.ids import new_id
from orders.checkout.closing import cancel_trade, expire_trade
from orders.failed_refunds.models import RefundSettlement, SettlementState
from orders.payments import refunds, service
from orders.payments.models import PaymentAttempt, PaymentState, Refund, RefundState
from orders.payments.provider import RefundStanding
from orders.payments.returning import Returned, list_returned
from orders.trades.models import Trade
from tests.factories import identity
from tests.factories.bank import (
    Clerk,
    announce,
    attempts_of,
    make_clerk,
    make_officers,
    receive,
    refunds_of,
)
from tests.factories.orders import make_market
from tests.factories.payments import (
    PROVIDER,
    make_trade,
    news,
    refund_news,
    start_another_attempt,
    start_attempt,
)


def told_of(trade_id: uuid.UUID) -> list[Returned]:
    """Return what is told of a trade's payments, in their order."""
    return [
        each
        for attempt in attempts_of(trade_id)
        for each in list_returned(attempt, [r for r in refunds_of(trade_id) if r.attempt_id == attempt.id])
    ]  # fmt: skip


def sentence_of(trade_id: uuid.UUID) -> str:
    [told] = told_of(trade_id)
    return str(told.message)


def settle(attempt: PaymentAttempt, **news_: object) -> None:
    service.settle_payment(PROVIDER, news(attempt, **news_))  # type: ignore[arg-type]


@pytest.fixture
def trade() -> Trade:
    return make_trade()  # 70 yuan


class TestMoneyThatCameOnline:
    def test_twice(self, trade: Trade) -> None:
        first, second = start_attempt(trade), start_another_attempt(trade)
        settle(first)
        settle(second)
        [told] = told_of(trade.id)
        assert told.payment_no == second.payment_no
        assert (str(told.came), str(told.back)) == ("¥70.00", "¥70.00")
        assert str(told.message) == (
            "这笔交易此前已付清，这次是重复付款；¥70.00 正在办理退款，将退回原付款账户。"
        )

    @pytest.mark.parametrize(
        ("given", "why"),
        [
            ({"amount": 3_500}, "应付 ¥70.00，到账 ¥35.00，金额不符，没有抵付订单；¥35.00 正在"),
            ({"currency": "USD"}, "到账 70.00 美元，不是人民币，没有抵付订单；70.00 美元 正在"),
        ],
    )
    def test_as_another_amount(self, trade: Trade, given: dict[str, object], why: str) -> None:
        settle(start_attempt(trade), **given)
        assert why in sentence_of(trade.id)

    def test_after_the_time_was_over(self, trade: Trade) -> None:
        late = start_another_attempt(trade)
        service.record_ended(late.id, PaymentState.CLOSED)
        assert expire_trade(trade.id)
        settle(late)
        assert sentence_of(trade.id).startswith("付款到账时订单已过付款期限、自动关闭；¥70.00")

    def test_in_what_a_currency_has(self) -> None:
        said = [
            str(in_currency(*each)) for each in ((7_000, "JPY"), (1_500, "KWD"), (7_000, "THB"))
        ]
        assert said == ["7,000 日元", "1.500 KWD", "70.00 THB"]


class TestHowFarItIs:
    @pytest.fixture
    def refund(self, trade: Trade) -> Refund:
        settle(start_attempt(trade), amount=3_500)
        return db.session.query(Refund).one()

    def settle(self, refund: Refund, *standings: RefundStanding) -> Returned:
        for standing in standings:
            refunds.settle_refund(PROVIDER, refund_news(refund, standing))
        attempt = db.session.get_one(PaymentAttempt, refund.attempt_id)
        [told] = list_returned(attempt, [refund])
        return told

    def test_under_way_and_done(self, refund: Refund) -> None:
        sent = self.settle(refund, RefundStanding.PENDING)
        assert (str(sent.title), str(sent.standing)) == (
            "有 ¥35.00 正在退给您",
            "¥35.00 正在退回原付款账户",
        )
        assert sent.is_moving
        done = self.settle(refund, RefundStanding.SUCCEEDED)
        assert refund.ended_at is not None
        assert (
            str(done.standing) == f"¥35.00 已于 {clock.wall_time(refund.ended_at)} 退回原付款账户"
        )
        assert not done.is_moving

    def test_refused_and_what_happens_then(self, refund: Refund) -> None:
        refunds.record_refused(refund.id, "no")
        failed = self.settle(refund)
        assert failed.tone == "bad"
        assert "财务会重新退回，或改用银行转账退给您；您不用再付款" in str(failed.standing)

    def test_come_back_and_then_paid_from_the_bank(self, refund: Refund) -> None:
        back = self.settle(refund, RefundStanding.SUCCEEDED, RefundStanding.FAILED)
        assert "又退了回来。钱还在平台" in str(back.standing)
        settlement = RefundSettlement(
            id=new_id(), account_id=refund.account_id, refund_id=refund.id,
            state=SettlementState.RECORDED, bank_serial="S1", paid_on=clock.today(), note="转账",
            digest="d", content_type="application/pdf", recorded_by=new_id(), recorded_at=clock.now(),
        )  # fmt: skip
        db.session.add(settlement)
        db.session.flush()
        assert "正等另一位财务核对" in str(self.settle(refund).standing)
        settlement.state = SettlementState.CONFIRMED
        settlement.decided_by, settlement.decided_at = new_id(), clock.now()
        refunds.pay_otherwise(refund)
        assert f"已于 {clock.today()} 改用银行转账退给您" in str(self.settle(refund).standing)

    def test_by_the_bank_of_the_card(self, refund: Refund) -> None:
        refunds.record_refused(refund.id, "charge_disputed")
        refunds.pay_otherwise(refund)
        assert refund.state is RefundState.SUCCEEDED
        assert "已由您的发卡银行退给您" in str(self.settle(refund).standing)


class TestTransfers:
    @pytest.fixture
    def clerk(self) -> Clerk:
        return make_clerk()

    @pytest.fixture
    def transfer(self, clerk: Clerk) -> Trade:
        """116 yuan."""
        return announce(clerk.actor, [(make_market().mutton, 2)])

    def page(self, client: FlaskClient, clerk: Clerk, trade: Trade, *said: str) -> str:
        identity.sign_in_page(client, clerk.account)
        page = client.get(f"/trades/{trade.id}/pay").text
        assert [each for each in said if each not in page] == []
        return page

    def test_that_are_too_much(self, client: FlaskClient, clerk: Clerk, transfer: Trade) -> None:
        officers = make_officers()
        receive(officers, transfer, 5_000)
        receive(officers, transfer, 7_000)
        paying, surplus = attempts_of(transfer.id)
        page = self.page(
            client, clerk, transfer,
            "付款成功", f'付款单号 <span class="code">{paying.payment_no}</span>',
            "有 ¥4.00 要退给您", "转来 ¥70.00，付清后多出 ¥4.00", surplus.payment_no,
            refunds_of(transfer.id)[0].refund_no, "将退回转出的银行账户（尾号 7890）",
        )  # fmt: skip
        assert "every 2s" not in page  # a bank takes days
        rows = re.findall(r"<dt>([^<]*)</dt><dd>(.*?)</dd>", page)
        sums = [(name, re.sub(r"<span class=.small.*|<[^>]*>", "", value)) for name, value in rows]
        said = ("已到账", "多转的部分，退回", "抵付订单")
        assert [(name, value.strip()) for name, value in sums if name in said] == [
            ("已到账", "¥50.00"),
            ("已到账", "¥70.00"),
            ("多转的部分，退回", "−¥4.00"),
            ("抵付订单", "¥116.00"),
        ]

    def test_that_did_not_pay_in_time(
        self, client: FlaskClient, clerk: Clerk, transfer: Trade
    ) -> None:
        receive(make_officers(), transfer, 5_000)
        cancel_trade(clerk.actor, transfer.id)
        page = self.page(
            client, clerk, transfer, "订单已取消", "款项没有付成这个订单，退款情况见下",
            "应付 ¥116.00，到账 ¥50.00，没有付清订单就关闭了",
        )  # fmt: skip
        assert "未扣款" not in page

    def test_that_come_after_it_was_cancelled(self, clerk: Clerk, transfer: Trade) -> None:
        cancel_trade(clerk.actor, transfer.id)
        receive(make_officers(), transfer, 11_600)
        assert sentence_of(transfer.id).startswith("付款到账时订单已取消；¥116.00 正在办理退款")


def test_what_was_kept_is_not_told_as_going_back(trade: Trade) -> None:
    settle(start_attempt(trade))
    kept: Sequence[Returned] = told_of(trade.id)
    assert kept == []
