"""How paying a trade stands, as the pay page tells it: one truth for every moment."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from markupsafe import Markup

from marketplace import clock
from marketplace.identity.actor import Actor
from marketplace.identity.qr_codes import draw
from marketplace.language import Text
from orders.payments import queries
from orders.payments.bank_transfer.queries import PROVIDER as BANK_TRANSFER
from orders.payments.bank_transfer.showing import ShownTransfer, show_transfer
from orders.payments.models import KEPT, PaymentState, RefundState
from orders.payments.telling import PaymentOverview, get_overview
from orders.receivables.models import Receivable
from orders.receivables.queries import list_of_trade
from orders.trades.models import Trade
from orders.trades.states import TradeState

_MOVING_REFUNDS = frozenset({RefundState.REQUESTED, RefundState.SENT})
_UNKEPT = Text("有一笔款项须退回", "Some money has to go back")


@dataclass(frozen=True, slots=True, kw_only=True)
class PayView:
    """What the pay page shows: tone and sign, a title, the sentence, and what one may do."""

    tone: str
    icon: str
    title: Text
    text: Text
    can_pay: bool = False
    can_cancel: bool = False
    can_change: bool = False
    can_repay: bool = False
    owed_fen: int | None = None
    changes_soon: bool = False
    continue_url: str | None = None
    qr_code: Markup | None = None
    expires_at: datetime | None = None
    # Where to transfer to and what has arrived, for a trade that waits for a transfer.
    transfer: ShownTransfer | None = None
    notes: tuple[Text, ...] = ()


def show_paying(actor: Actor, trade: Trade) -> PayView:
    """Tell how paying a trade stands now."""
    attempts = [get_overview(actor, one.id) for one in queries.list_payments(actor, trade.id)]
    unkept = [one for one in attempts if _is_unkept(one)]
    moving = any(r.state in _MOVING_REFUNDS for one in unkept for r in one.refunds)
    debts = list_of_trade(trade.id) if trade.state is TradeState.PAID else []
    if trade.state is TradeState.OPEN:
        view = _open(trade, attempts)
    elif debts:
        view = _goods_first(trade, attempts, debts)
    else:
        view = replace(_CLOSED[trade.state], changes_soon=moving)
    return replace(view, notes=tuple(one.message for one in unkept))


def _is_unkept(one: PaymentOverview) -> bool:
    """Money came that does not pay the trade: twice, too late, or the wrong amount."""
    return one.attempt.outcome is not None and one.attempt.outcome not in KEPT


def _open(trade: Trade, attempts: Sequence[PaymentOverview]) -> PayView:
    latest = attempts[0] if attempts else None
    waiting = latest is not None and not latest.is_decided
    if waiting and latest and latest.attempt.provider == BANK_TRANSFER:
        return _transfer(trade)
    if waiting and latest:
        return PayView(
            tone="waiting",
            icon="clock",
            title=Text("等待付款结果", "Waiting for the payment"),
            text=latest.message,
            changes_soon=True,
            can_cancel=True,
            can_change=True,
            continue_url=latest.continue_url,
            qr_code=draw(latest.qr_code) if latest.qr_code else None,
            expires_at=trade.expires_at,
        )
    if trade.expires_at <= clock.now():
        return PayView(
            tone="", icon="clock", title=Text("付款时间已过", "The time to pay is over"),
            text=Text("订单正在关闭，库存将释放。", "The order is being closed and its stock released."),
            changes_soon=True,
        )  # fmt: skip
    has_failed = latest is not None and latest.attempt.state is PaymentState.FAILED
    return PayView(
        tone="bad" if has_failed else "",
        icon="warning" if has_failed else "wallet",
        title=Text("付款没有成功", "The payment failed")
        if has_failed
        else Text("请付款", "Please pay"),
        text=latest.message if has_failed and latest else _HELD,
        can_pay=True,
        can_cancel=True,
        expires_at=trade.expires_at,
    )


def _goods_first(
    trade: Trade, attempts: Sequence[PaymentOverview], debts: Sequence[Receivable]
) -> PayView:
    """Tell what is owed for goods that came first, when it is due, and how to repay it."""
    owed = sum(each.owed_fen for each in debts)
    if owed == 0:
        return PayView(
            tone="good", icon="check", title=Text("应付款已结清", "All that was owed is settled"),
            text=Text("这笔先货后款的交易已结清。", "These goods came first, and are paid for now."),
        )  # fmt: skip
    due = min((each.due_on for each in debts if each.due_on and each.owed_fen), default=None)
    text = Text(
        "货物已放行，由合作社发货；验收后 {days} 天内付清。",
        "The goods are released; they are to be paid within {days} days of their acceptance.",
    ).format(days=debts[0].due_days)
    if due is not None:
        late = due < clock.today()
        text = (
            Text(
                "应付款已于 {day} 到期，请尽快归还。", "It was due on {day}; please repay it soon."
            )
            if late
            else Text("请在 {day} 前付清。", "Please pay it by {day}.")
        ).format(day=due.isoformat())
    waiting = next((one for one in attempts if not one.is_decided), None)
    return PayView(
        tone="waiting",
        icon="clock",
        title=Text("先货后款，待付款", "Goods first, to be paid"),
        text=text if waiting is None else waiting.message,
        can_repay=waiting is None,
        can_change=waiting is not None,
        changes_soon=waiting is not None,
        continue_url=waiting.continue_url if waiting else None,
        qr_code=draw(waiting.qr_code) if waiting and waiting.qr_code else None,
        owed_fen=owed,
        transfer=show_transfer(trade, debts) if waiting is None else None,
    )


def _transfer(trade: Trade) -> PayView:
    shown = show_transfer(trade)
    received = shown.received_fen if shown else 0
    return PayView(
        tone="waiting",
        icon="bank",
        title=Text("已收到部分转账，请补足余款", "Part of the transfer has arrived; send the rest")
        if received
        else Text("等待转账到账", "Waiting for the transfer"),
        text=Text(
            "请按下面的信息转账；库存已为您保留到付款期限。",
            "Please transfer as told below; the stock is held for you until then.",
        ),
        can_cancel=True,
        can_change=not received,
        expires_at=trade.expires_at,
        transfer=shown,
    )


_HELD = Text("订单已提交，库存已为您保留。", "Your order is placed and its stock is held for you.")
_CLOSED = {
    TradeState.PAID: PayView(
        tone="good", icon="check", title=Text("付款成功", "Paid"),
        text=Text(
            "合作社会尽快发货。计入情况如下，收货并过售后期后确认。",
            "The cooperatives will ship soon. What it counts for stands below; it is confirmed once"
            " the goods are received and the after-sales window has closed.",
        ),
    ),
    TradeState.EXPIRED: PayView(
        tone="", icon="clock", title=Text("订单已超时关闭", "The order has expired"),
        text=Text("没有按时付款，库存已释放，未扣款。", "It was not paid in time; the stock is free again."),
    ),
    TradeState.CANCELLED: PayView(
        tone="", icon="close", title=Text("订单已取消", "The order was cancelled"),
        text=Text("库存已释放。", "Its stock is free again."),
    ),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class ProviderChoice:
    """A way of paying, in words."""

    value: str
    title: Text
    hint: Text


_PROVIDERS = {
    "sandbox": (
        Text("演示支付", "Demonstration payment"),
        Text("不会真的扣款，用于体验全流程", "No money moves; for trying everything out"),
    ),
    "pay_later": (
        Text("先货后款", "Goods first, pay later"),
        Text(
            "单位额度内先发货，验收后按期付款",
            "Within the unit's limit: shipped first, paid within its days after acceptance",
        ),
    ),
    BANK_TRANSFER: (
        Text("对公转账", "Bank transfer"),
        Text(
            "转账到平台账户，几个工作日内付清即可，期间保留库存",
            "Transfer to our account within some working days; the stock is held meanwhile",
        ),
    ),
    "stripe:alipay": (
        Text("支付宝", "Alipay"),
        Text("前往支付宝付款，付完自动返回", "Pay at Alipay and come back"),
    ),
    "stripe:card": (
        Text("银行卡", "Card"),
        Text(
            "在下一页填写卡号，由支付机构直接收取",
            "Fill it in on the next page; the payment institution takes it",
        ),
    ),
    "stripe:wechat_pay": (
        Text("微信支付", "WeChat Pay"),
        Text("用微信扫描二维码付款", "Scan a code with WeChat"),
    ),
}


def describe_providers(names: Sequence[str]) -> list[ProviderChoice]:
    """Put the providers on offer into words."""
    return [ProviderChoice(name, *_PROVIDERS[name]) for name in names if name in _PROVIDERS]


def trade_of(actor: Actor, payment_id: uuid.UUID) -> uuid.UUID:
    """Return the trade that a payment pays; raises PaymentNotFound."""
    return queries.get_payment(actor, payment_id).trade_id
