"""Money that could not be kept, as its payer is told: what came, what is too much, where it goes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from marketplace import clock
from marketplace.currencies import in_currency
from marketplace.language import Text
from orders.bank_refunds.queries import list_payees
from orders.failed_refunds.models import SettlementState
from orders.failed_refunds.queries import list_settlements
from orders.payments import queries
from orders.payments.bank_transfer.queries import PROVIDER as BANK_TRANSFER
from orders.payments.bank_transfer.queries import Receipt, list_receipts
from orders.payments.means import means_of
from orders.payments.models import (
    KEPT,
    PaymentAttempt,
    PaymentOutcome,
    Refund,
    RefundReason,
    RefundState,
)

_WHY: dict[RefundReason, Text] = {
    RefundReason.SECOND_SUCCESS: Text(
        "这笔交易此前已付清，这次是重复付款", "This trade had been paid before; this came twice"
    ),
    RefundReason.TRADE_CANCELLED: Text(
        "付款到账时订单已取消", "The order was already cancelled when the money came"
    ),
    RefundReason.TRADE_EXPIRED: Text(
        "付款到账时订单已过付款期限、自动关闭",
        "The order's time to be paid was over when the money came",
    ),
    RefundReason.WRONG_AMOUNT: Text(
        "应付 {due}，到账 {came}，金额不符，没有抵付订单",
        "{due} was due and {came} came: it does not pay the order",
    ),
    RefundReason.OTHER_CURRENCY: Text(
        "应付 {due}，到账 {came}，不是人民币，没有抵付订单",
        "{due} was due and {came} came, which is not yuan: it does not pay the order",
    ),
    RefundReason.DEBT_REDUCED: Text(
        "已归还的应付款因退货退款减少了", "What was owed became less after it had been repaid"
    ),
}
_OVERPAID = Text("转来 {came}，付清后多出 {back}", "{came} came, {back} more than was due")
_PART = Text(
    "应付 {due}，到账 {came}，没有付清订单就关闭了",
    "{due} was due and {came} came before the order was closed unpaid",
)

_UNDER_WAY = Text("{back} 正在办理退款，将退回{to}", "{back} is being sent back to {to}")
_SENT = Text("{back} 正在退回{to}", "{back} is on its way back to {to}")
_DONE = Text("{back} 已于 {at} 退回{to}", "{back} was sent back to {to} on {at}")
_PAID_OTHERWISE = Text(
    "{back} 已于 {day} 改用银行转账退给您", "{back} was paid to you by bank transfer on {day}"
)
_BY_DISPUTE = Text("{back} 已由您的发卡银行退给您", "your bank has given you {back} back")
_FAILED = Text("{back} 退款没有成功", "sending {back} back failed")
_CAME_BACK = Text(
    "{back} 退出后，收款方没有收下，{at} 又退了回来",
    "{back} was sent back, was not taken and returned on {at}",
)
_WHAT_THEN = Text(
    "{failed}。钱还在平台，财务会重新退回，或改用银行转账退给您；您不用再付款，也不用申请",
    "{failed}. The money is still with us: our finance officers send it again, or transfer it to"
    " you; you need neither pay nor ask again",
)
_OTHERWISE = Text(
    "{failed}。已改用银行转账退给您，正等另一位财务核对",
    "{failed}. It was transferred to you instead, which a second officer is checking",
)

_TITLES: dict[RefundState, Text] = {
    RefundState.REQUESTED: Text("有 {back} 要退给您", "{back} is to come back to you"),
    RefundState.SENT: Text("有 {back} 正在退给您", "{back} is on its way back to you"),
    RefundState.FAILED: Text("有 {back} 还没有退成", "{back} could not be sent back yet"),
    RefundState.SUCCEEDED: Text("已退给您 {back}", "{back} was sent back to you"),
}
_TONES = {RefundState.FAILED: "bad", RefundState.SUCCEEDED: "good"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Returned:
    """One sum that goes back: of which payment, why, and how far it has come."""

    payment_no: str
    means: Text
    came: Text
    came_at: datetime
    back: Text
    why: Text
    refund_no: str
    standing: Text
    title: Text
    tone: str
    is_moving: bool

    @property
    def message(self) -> Text:
        """The whole in a sentence, for those who get no page."""
        return Text("{why}；{standing}。", "{why}; {standing}.").format(
            why=self.why, standing=self.standing
        )


def is_unkept(attempt: PaymentAttempt) -> bool:
    """Tell whether money came that does not pay the trade: twice, too late, or a wrong amount."""
    return attempt.outcome is not None and attempt.outcome not in KEPT


def list_returned(attempt: PaymentAttempt, refunds: Sequence[Refund]) -> list[Returned]:
    """Tell of all that goes back of a payment by itself; what after-sales give back is told there."""
    going = [each for each in refunds if each.reason is not RefundReason.AFTERSALES]
    if not going:
        return []
    receipts = list_receipts(attempt) if attempt.provider == BANK_TRANSFER else []
    return [_tell(attempt, refund, receipts) for refund in going]


def _tell(attempt: PaymentAttempt, refund: Refund, receipts: Sequence[Receipt]) -> Returned:
    means = means_of(attempt.provider, attempt.method)
    back = in_currency(refund.amount, refund.currency)
    came = in_currency(_came(attempt, receipts), refund.currency)
    return Returned(
        payment_no=attempt.payment_no,
        means=means.title,
        came=came,
        came_at=attempt.succeeded_at or attempt.created_at,
        back=back,
        why=_why(attempt, refund, receipts).format(
            due=in_currency(attempt.amount_fen, "CNY"), came=came, back=back
        ),
        refund_no=refund.refund_no,
        standing=_standing(refund, _origin(refund, means.origin, receipts)),
        title=_TITLES[refund.state].format(back=back),
        tone=_TONES.get(refund.state, "waiting"),
        is_moving=_is_moving(attempt, refund),
    )


def _is_moving(attempt: PaymentAttempt, refund: Refund) -> bool:
    """Tell whether a page should look again soon: what a bank is to pay takes days."""
    is_soon = attempt.provider != BANK_TRANSFER
    return is_soon and refund.state in (RefundState.REQUESTED, RefundState.SENT)


def _came(attempt: PaymentAttempt, receipts: Sequence[Receipt]) -> int:
    """Return what came in with this payment; of a transfer that paid first, the whole of it."""
    if attempt.outcome is PaymentOutcome.SECOND_SUCCESS and receipts:
        return sum(each.identified_fen for each in receipts)
    return attempt.captured


def _why(attempt: PaymentAttempt, refund: Refund, receipts: Sequence[Receipt]) -> Text:
    if refund.reason is RefundReason.SECOND_SUCCESS and _came(attempt, receipts) > attempt.captured:
        return _OVERPAID
    if refund.reason is RefundReason.WRONG_AMOUNT and receipts:
        return _PART
    return _WHY[refund.reason]


def _origin(refund: Refund, origin: Text, receipts: Sequence[Receipt]) -> Text:
    """Say where it goes; an account by its last digits, another one where an officer gave it."""
    tails = list_payees(refund) or list(dict.fromkeys(each.account_tail for each in receipts))
    tails = [tail for tail in tails if tail]
    if not tails:
        return origin
    return Text("{origin}（尾号 {tails}）", "{origin} (ending in {tails})").format(
        origin=origin, tails="、".join(tails)
    )


def _standing(refund: Refund, to: Text) -> Text:
    back = in_currency(refund.amount, refund.currency)
    if refund.state is RefundState.REQUESTED:
        return _UNDER_WAY.format(back=back, to=to)
    if refund.state is RefundState.SENT:
        return _SENT.format(back=back, to=to)
    if refund.state is RefundState.SUCCEEDED:
        return _done(refund, back, to)
    failed = _FAILED.format(back=back)
    returned = queries.find_last_return(refund)
    if returned is not None:
        failed = _CAME_BACK.format(back=back, at=clock.wall_time(returned.came_back_at))
    recorded = any(one.state is SettlementState.RECORDED for one in list_settlements(refund))
    return (_OTHERWISE if recorded else _WHAT_THEN).format(failed=failed)


def _done(refund: Refund, back: Text, to: Text) -> Text:
    """Say how it reached the payer: as it came, or past the provider that refused it."""
    if refund.provider_reference is not None:
        at = clock.wall_time(refund.ended_at or refund.requested_at)
        return _DONE.format(back=back, to=to, at=at)
    for each in list_settlements(refund):
        if each.state is SettlementState.CONFIRMED:
            return _PAID_OTHERWISE.format(back=back, day=each.paid_on.isoformat())
    return _BY_DISPUTE.format(back=back)
