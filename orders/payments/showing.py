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
from orders.cancellations.queries import list_latest
from orders.cancellations.rules import CANCELLABLE
from orders.payments import queries
from orders.payments.bank_transfer.queries import PROVIDER as BANK_TRANSFER
from orders.payments.bank_transfer.queries import Receipt, list_receipts
from orders.payments.bank_transfer.showing import ShownTransfer, show_transfer
from orders.payments.means import means_of
from orders.payments.models import PaymentOutcome, PaymentState
from orders.payments.pay_later.service import PROVIDER as PAY_LATER
from orders.payments.returning import Returned, is_unkept
from orders.payments.telling import PaymentOverview, get_overview
from orders.receivables.models import Receivable
from orders.receivables.queries import list_of_trade
from orders.trades.models import Order, Trade
from orders.trades.states import CancellationState, OrderState, TradeState


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptPayment:
    """The payment that paid the trade: its number, its means and its moment."""

    payment_no: str
    means: Text
    paid_at: datetime
    # Of a transfer: all that came in, first received first.
    receipts: Sequence[Receipt] = ()

    @property
    def received_fen(self) -> int:
        return sum(each.identified_fen for each in self.receipts)

    @property
    def kept_fen(self) -> int:
        return sum(each.amount_fen for each in self.receipts)


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
    paid_by: KeptPayment | None = None
    # What came in and goes back by itself, newest first.
    returned: tuple[Returned, ...] = ()


def show_paying(actor: Actor, trade: Trade, orders: Sequence[Order], *, counts: bool) -> PayView:
    """Tell how paying a trade stands now; ``counts``: whether anything in it counts for a task."""
    attempts = [get_overview(actor, one.id) for one in queries.list_payments(actor, trade.id)]
    returned = tuple(each for one in attempts for each in one.returned)
    debts = list_of_trade(trade.id) if trade.state is TradeState.PAID else []
    if trade.state is TradeState.OPEN:
        view = _open(trade, attempts)
    elif debts:
        view = _goods_first(trade, attempts, debts)
    elif trade.state is TradeState.PAID:
        view = _paid(orders, counts=counts)
    else:
        view = _CLOSED[trade.state]
    return replace(
        view,
        text=_SOME_CAME if _is_late(trade, attempts) else view.text,
        changes_soon=view.changes_soon or any(each.is_moving for each in returned),
        paid_by=next(filter(None, map(_kept, attempts)), None),
        returned=returned,
    )


def _is_late(trade: Trade, attempts: Sequence[PaymentOverview]) -> bool:
    """Money came for a trade that is over unpaid."""
    is_over = trade.state in (TradeState.EXPIRED, TradeState.CANCELLED)
    return is_over and any(is_unkept(one.attempt) for one in attempts)


def _kept(one: PaymentOverview) -> KeptPayment | None:
    attempt = one.attempt
    # Goods that came first were accepted without any money.
    if attempt.outcome is not PaymentOutcome.ACCEPTED or attempt.provider == PAY_LATER:
        return None
    return KeptPayment(
        payment_no=attempt.payment_no,
        means=means_of(attempt.provider, attempt.method).title,
        paid_at=attempt.succeeded_at or attempt.created_at,
        receipts=list_receipts(attempt) if attempt.provider == BANK_TRANSFER else (),
    )


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
        owed_fen=shown.missing_fen if shown and received else None,
        expires_at=trade.expires_at,
        transfer=shown,
    )


def _paid(orders: Sequence[Order], *, counts: bool) -> PayView:
    """Tell of a paid trade where its goods are, and when what it counts for is confirmed."""
    states = {order.state for order in orders}
    if states <= {OrderState.CANCELLED}:
        return PayView(
            tone="", icon="close", title=Text("订单已取消", "The order was cancelled"),
            text=Text(
                "付过的款项退回原支付方式，进度见订单。",
                "What was paid goes back the way it came; see the order.",
            ),
        )  # fmt: skip
    if states & CANCELLABLE:
        goods = _to_ship(orders)
    elif OrderState.SHIPPED in states:
        goods = Text("货物已经发出。", "The goods are on their way.")
    else:
        goods = Text("货物已经收到。", "The goods were received.")
    if not counts:
        credit = Text(
            "这笔采购不计入任务，原因见下。", "It counts for no task; the reasons stand below."
        )
    elif states <= {OrderState.COMPLETED, OrderState.CANCELLED}:
        credit = Text("计入情况见下。", "What it counts for stands below.")
    else:
        credit = Text(
            "计入情况见下，收货并过售后期后确认。",
            "What it counts for stands below; it is confirmed once the goods are received and the"
            " after-sales window has closed.",
        )
    return PayView(
        tone="good", icon="check", title=Text("付款成功", "Paid"),
        text=Text("{goods}{credit}", "{goods} {credit}").format(goods=goods, credit=credit),
    )  # fmt: skip


def _to_ship(orders: Sequence[Order]) -> Text:
    """Tell of orders that wait to be shipped, and which of them their buyer asked to call off."""
    soon = Text("合作社会尽快发货。", "The cooperatives will ship soon.")
    waiting = [order.id for order in orders if order.state in CANCELLABLE]
    latest = list_latest(waiting).values()
    asked = sum(each.state is CancellationState.ASKED for each in latest)
    if not asked:
        return soon
    if asked == len(orders):
        return Text(
            "您已申请取消，正等合作社答复，答复前不发货。",
            "You asked to call it off; nothing is shipped before the cooperative's answer.",
        )
    some = Text(
        "其中 {n} 单您已申请取消，正等合作社答复，答复前不发货。",
        "You asked to call {n} of its orders off; nothing there is shipped before the"
        " cooperative's answer.",
    ).format(n=asked)
    if asked == len(waiting):
        return some
    return Text("{some}其余的，{soon}", "{some} For the rest: {soon}").format(some=some, soon=soon)


_SOME_CAME = Text(
    "库存已释放。到账的款项没有付成这个订单，退款情况见下。",
    "Its stock is free again. What came in did not pay it; below stands how it goes back.",
)
_HELD = Text("订单已提交，库存已为您保留。", "Your order is placed and its stock is held for you.")
_CLOSED = {
    TradeState.EXPIRED: PayView(
        tone="", icon="clock", title=Text("订单已超时关闭", "The order has expired"),
        text=Text("没有按时付款，库存已释放，未扣款。", "It was not paid in time; the stock is free again."),
    ),
    TradeState.CANCELLED: PayView(
        tone="", icon="close", title=Text("订单已取消", "The order was cancelled"),
        text=Text("库存已释放。", "Its stock is free again."),
    ),
}  # fmt: skip


def trade_of(actor: Actor, payment_id: uuid.UUID) -> uuid.UUID:
    """Return the trade that a payment pays; raises PaymentNotFound."""
    return queries.get_payment(actor, payment_id).trade_id
