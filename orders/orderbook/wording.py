"""An order in words: its tone, what is to happen next, and its course in time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from marketplace.clock import SHANGHAI
from marketplace.language import Text
from orders.aftersales.models import CaseKind
from orders.aftersales.rules import KIND_TITLES
from orders.cancellations.wording import say_called_off, say_what
from orders.fulfilment.wording import say_quantity, say_to_send
from orders.orderbook.couriers import courier_name
from orders.orderbook.parcels import ShownParcel
from orders.orderbook.showing import ShownCase, ShownLine, ShownOrder
from orders.trades.models import Order
from orders.trades.states import AftersalesState, By, CancellationState, OrderState
from partners.credits.showing import ONCE_ACCEPTED, ONCE_PAID, is_counted, show_countings
from products.storefront.drawings import drawing_of

TONES = {
    OrderState.UNPAID: "attention",
    OrderState.PAID: "pending",
    OrderState.PART_SHIPPED: "pending",
    OrderState.SHIPPED: "information",
    OrderState.ACCEPTED: "information",
    OrderState.COMPLETED: "confirmed",
    OrderState.CANCELLED: "",
}
CASE_TONES = {
    AftersalesState.APPLIED: "attention",
    AftersalesState.AWAITING_REFUND: "pending",
    AftersalesState.DONE: "confirmed",
    AftersalesState.AWAITING_GOODS: "attention",
    AftersalesState.RETURNING: "information",
    AftersalesState.AWAITING_REPLACEMENT: "pending",
    AftersalesState.REPLACING: "information",
    AftersalesState.IN_ARBITRATION: "pending",
    AftersalesState.EXCHANGED: "confirmed",
    AftersalesState.WITHDRAWN: "",
    AftersalesState.REFUSED: "",
    AftersalesState.DISMISSED: "",
    AftersalesState.LAPSED: "",
}
CANCELLATION_TONES = {
    CancellationState.ASKED: "attention",
    CancellationState.AGREED: "",
    CancellationState.REFUSED: "",
    CancellationState.WITHDRAWN: "",
}
PARTIES = {
    By.BUYER: Text("买家", "The buyer"),
    By.COOPERATIVE: Text("合作社", "The cooperative"),
}
NEXT: dict[OrderState, Text] = {
    OrderState.UNPAID: Text("请在时限内付款。", "Please pay in time."),
    OrderState.PAID: Text("已付款，等合作社发货。", "Paid; the cooperative will ship it."),
    OrderState.PART_SHIPPED: Text(
        "已发出一部分，其余待发。", "A part is on its way; the rest follows."
    ),
    OrderState.SHIPPED: Text(
        "合作社已发货，收到后请确认。", "It is on its way; confirm when you have it."
    ),
    OrderState.ACCEPTED: Text(
        "已收货，售后期满后确认计入。", "Received; it is confirmed when the window closes."
    ),
    OrderState.COMPLETED: Text("交易完成，计入已确认。", "Done; what it counts for is confirmed."),
    OrderState.CANCELLED: Text("订单已取消，不计入任何任务。", "Cancelled; it counts for nothing."),
}
# Where nothing in the order counts for anybody's task.
_NEXT_UNCOUNTED = NEXT | {
    OrderState.ACCEPTED: Text(
        "已收货，售后期满后交易完成。", "Received; it is done when the window closes."
    ),
    OrderState.COMPLETED: Text("交易完成。", "Done."),
}
_RELEASED = Text("先货后款，等合作社发货。", "On terms; the cooperative will ship it.")
_ALL_BACK = {
    OrderState.ACCEPTED: Text(
        "商品已全部退回，没有要收的了；售后期满后订单完成。",
        "All of it went back; nothing is awaited. The order is done when the window closes.",
    ),
    OrderState.COMPLETED: Text("商品已全部退回，交易结束。", "All of it went back; it is over."),
    OrderState.CANCELLED: Text(
        "商品已全部退回，货款原路退回；订单已取消，不计入任何任务。",
        "All of it went back and so does its money; the order is cancelled and counts for nothing.",
    ),
}
_PARTS = {
    "waiting": Text("待完成", "still to come"),
    "auto": Text("最晚 {moment} 自动确认收货", "accepted by itself on {moment} at the latest"),
    "window": Text("售后期到 {moment}", "the after-sales window closes on {moment}"),
}


@dataclass(frozen=True, slots=True)
class Step:
    """One step of an order's course; tone: done, now or todo."""

    label: Text
    tone: str
    at: datetime | None = None
    note: Text | None = None


def _moment(at: datetime) -> str:
    return at.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M")


def _paid(order: Order) -> Text:
    if order.goods_first:
        return Text("先货后款，已放行", "Released on the unit's terms")
    return Text("付款", "Paid")


def _paid_and_counted(order: Order, *, counts: bool) -> Text:
    # Goods that come first count from their acceptance on.
    if order.goods_first or not counts:
        return _paid(order)
    return Text("付款，计入待确认", "Paid, its credit is pending")


def counts(shown: ShownOrder) -> bool:
    """Tell whether anything in an order counts, or will, for somebody's task."""
    is_paid = shown.order.sale_on is not None
    return any(is_counted(line.helps, is_paid=is_paid) for line in shown.lines)


def next_words(shown: ShownOrder) -> Text:
    """Say how an order stands and what comes next."""
    order = shown.order
    if order.state is OrderState.PAID and order.goods_first:
        return _RELEASED
    if shown.is_all_back and order.state in _ALL_BACK:
        return _ALL_BACK[order.state]
    return (NEXT if counts(shown) else _NEXT_UNCOUNTED)[order.state]


def course(shown: ShownOrder) -> list[Step]:
    """Return the steps of an order, those that are over with their time."""
    order = shown.order
    steps = [Step(Text("提交订单", "Placed"), "done", order.placed_at)]
    if order.state is OrderState.CANCELLED:
        if order.paid_at is not None:
            steps.append(Step(_paid(order), "done", order.paid_at))
        if order.shipped_at is not None:
            steps.append(Step(Text("合作社发货", "Shipped"), "done", order.shipped_at))
        return [*steps, Step(Text("订单取消", "Cancelled"), "now", order.closed_at)]
    due, closes = order.accept_due_at, order.window_closes_at
    has_credit = counts(shown)
    planned = [
        (_paid_and_counted(order, counts=has_credit), order.paid_at, None),
        (Text("合作社发货", "Shipped"), order.shipped_at, None),
        (
            Text("收货结束，商品已全部退回", "All of it went back")
            if shown.is_all_back
            else Text("确认收货", "Received"),
            order.accepted_at,
            _PARTS["auto"].format(moment=_moment(due)) if due else None,
        ),
        (
            Text("售后期满，计入确认", "Window closed, its credit is confirmed")
            if has_credit
            else Text("售后期满，交易完成", "Window closed, the order is done"),
            order.completed_at,
            _PARTS["window"].format(moment=_moment(closes)) if closes else None,
        ),
    ]
    is_next = True
    for label, at, note in planned:
        if at is not None:
            steps.append(Step(label, "done", at))
        else:
            steps.append(Step(label, "now" if is_next else "todo", None, note if is_next else None))
            is_next = False
    return steps


def line_view(shown: ShownLine, order: ShownOrder, refund_url: str | None = None) -> dict[str, Any]:
    """Return a line as cards and details show it."""
    line = shown.line
    return {
        "id": line.id,
        "product_name": line.product_name,
        "spec": line.spec,
        "unit": line.unit,
        "quantity": line.quantity,
        "price_fen": line.price_fen,
        "amount_fen": line.amount_fen,
        "refunded_fen": line.refunded_fen,
        "origin_name": line.origin_name,
        "photo_url": line.photo_url,
        "drawing": drawing_of(line.category_code),
        "countings": show_countings(
            shown.helps,
            is_paid=order.order.sale_on is not None,
            before=ONCE_ACCEPTED if order.order.goods_first else ONCE_PAID,
        ),
        "href": f"/products/{line.product_id}",
        "refund_url": refund_url,
        "to_ship": shown.to_ship_quantity,
        "to_ship_words": say_quantity(line),
        "left_words": say_to_send(line) if order.order.state is OrderState.PART_SHIPPED else None,
        "refundable_fen": shown.refundable_fen,
        "refundable_quantity": shown.refundable_quantity,
    }


def parcel_view(shown: ShownParcel) -> dict[str, Any]:
    """Return a parcel as pages show it: its courier, where it is, what is in it."""
    return {
        "courier": courier_name(shown.parcel.courier_code),
        "waybill_no": shown.parcel.waybill_no,
        "shipped_at": shown.parcel.shipped_at,
        "tracking": shown.tracking,
        "arrived_at": shown.arrived_at,
        "left_at": shown.left_at,
        "is_replacement": shown.parcel.case_id is not None,
        "pieces": [
            {
                "name": one.line.product_name,
                "spec": one.line.spec,
                "unit": one.line.unit,
                "quantity": one.quantity,
            }
            for one in shown.pieces
        ],
    }


def case_view(shown: ShownCase, names: dict[UUID, str]) -> dict[str, Any]:
    """Return an after-sales case as pages show it; ``names`` are the products by line."""
    return {
        "id": shown.case.id,
        "product_name": names.get(shown.case.order_line_id, ""),
        "quantity": shown.case.quantity,
        # An exchange gives goods for goods.
        "amount_fen": None if shown.case.kind is CaseKind.EXCHANGE else shown.total_fen,
        "state_label": shown.state_title,
        "tone": CASE_TONES[shown.case.state],
        "reason": shown.reason,
        "answer": shown.answer,
        "applied_at": shown.case.applied_at,
        "kind_label": KIND_TITLES[shown.case.kind],
        "can_withdraw": "withdraw" in shown.actions,
        # Money alone is agreed to in one click; the rest takes words, on the case's own page.
        "can_answer": "agree" in shown.actions and not shown.case.asks_for_goods,
        "due_at": shown.due_at,
    }


def cancellation_view(order: ShownOrder) -> dict[str, Any] | None:
    """Return who called an order off or asks to, as pages show it."""
    shown = order.cancellation
    if shown is None:
        return None
    return {
        "title": say_what(order.order, shown.cancellation),
        "called_off": say_called_off(
            order.order, shown.cancellation, [each.case for each in order.cases]
        ),
        "state_label": shown.state_title,
        "tone": CANCELLATION_TONES[shown.cancellation.state],
        "opened_by": PARTIES[shown.cancellation.opened_by],
        "reason": shown.reason_title,
        "note": shown.note,
        "answer": shown.answer,
        "due_at": shown.cancellation.due_at,
        "is_asked": shown.cancellation.state is CancellationState.ASKED,
        "can_withdraw": "withdraw_cancellation" in order.actions,
        "can_answer": "agree_to_cancel" in order.actions,
    }
