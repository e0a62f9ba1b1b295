"""A lost dispute: the buyer keeps the money, and the sale is taken back as by a refund."""

import uuid
from collections.abc import Sequence

from sqlalchemy import update

from marketplace.database import db
from orders.aftersales.ending import charge_back
from orders.card_disputes import queries
from orders.card_disputes.models import CardDispute, CardDisputeLine
from orders.card_disputes.stopping import stop_shipping
from orders.coupons.subsidies import returned_subsidy
from orders.invoices.reversing import follow_refund
from orders.journal import dispute_entries
from orders.journal import service as journal
from orders.payments import refunds
from orders.payments.models import CURRENCY, PaymentAttempt
from orders.payments.queries import list_refunds
from orders.settlements import recording
from orders.trades import service as trades
from orders.trades.models import Order, OrderLine
from orders.trades.queries import lock_order
from orders.trades.states import OrderState
from partners.credits import service as credit_service


def lose(dispute: CardDispute, attempt: PaymentAttempt, orders: Sequence[Order]) -> None:
    """Take the sale back line by line; what falls on no line settles refunds, or is a loss."""
    lines = queries.list_lines(dispute)
    followed: set[uuid.UUID] = set()
    by_id = {order.id: order for order in orders}
    for line in lines:
        _take_back(line, by_id[line.order_id])
    for line in lines:
        # Once an order: its invoices are brought to what is left of all its lines.
        if line.order_id not in followed:
            followed.add(line.order_id)
            follow_refund(lock_order(line.order_id), cause_id=line.ending_id)
            stop_shipping(line.order_id, lines)
    rest = dispute.amount - sum(line.amount_fen for line in lines)
    rest -= _settle_refunds(dispute, attempt, rest)
    if dispute.currency == CURRENCY:
        journal.post([dispute_entries.dispute_borne(dispute.id, rest)])


def _settle_refunds(dispute: CardDispute, attempt: PaymentAttempt, rest: int) -> int:
    """End the refunds that are still owed and that the bank has paid; returns how much of the rest.

    Money in another currency went through the provider unbooked, and goes out so.
    """
    settled = 0
    for refund in list_refunds(attempt):
        is_owed = refund.state != "succeeded" and refund.currency == dispute.currency
        if not is_owed or refund.amount > rest - settled:
            continue
        refunds.pay_otherwise(refund)
        if refund.currency == CURRENCY:
            charged = (refund.id, attempt.provider, refund.amount)
            journal.post([dispute_entries.refund_charged_back(*charged)])
        settled += refund.amount
    return settled


def keep_what_came_back(movement_id: uuid.UUID, amount_fen: int) -> None:
    """A lost dispute's money came back after all: it makes the platform's losses smaller."""
    journal.post([dispute_entries.dispute_borne(movement_id, -amount_fen)])


def _take_back(line: CardDisputeLine, order: Order) -> None:
    charge_back(order, line.order_line_id, line.goods_fen)
    sold = next(each for each in order.lines if each.id == line.order_line_id)
    due_fen = returned_subsidy(
        platform_discount_fen=sold.platform_discount_fen,
        net_fen=sold.net_fen,
        refunded_fen=sold.refunded_fen + line.goods_fen,
    )
    coupon_fen = due_fen - sold.platform_returned_fen
    db.session.execute(
        update(OrderLine)
        .where(OrderLine.cooperative_id == order.cooperative_id, OrderLine.id == sold.id)
        .values(
            claimed_fen=OrderLine.claimed_fen + line.goods_fen,
            refunded_fen=OrderLine.refunded_fen + line.goods_fen,
            platform_returned_fen=OrderLine.platform_returned_fen + coupon_fen,
        )
        .execution_options(synchronize_session=False)
    )
    trades.forget(OrderLine)
    order.freight_refunded_fen += line.freight_fen
    line.coupon_fen = coupon_fen
    db.session.flush()
    total = journal.OrderTotal(
        order_id=order.id, cooperative_id=order.cooperative_id, amount_fen=line.amount_fen,
        coupon_fen=coupon_fen,
    )  # fmt: skip
    journal.post([dispute_entries.dispute_lost(line.ending_id, total, is_held=line.is_held)])
    if order.sale_on is not None and line.goods_fen:
        credit_service.reverse_sale(
            cooperative_id=order.cooperative_id,
            line_id=sold.id,
            cause_id=line.ending_id,
            returned_fen_total=sold.refunded_fen,
        )
    if order.state is OrderState.COMPLETED:
        recording.record_dispute(
            order, sold.id, cause_id=line.ending_id, entry_kind="dispute_lost",
            coupon_fen=coupon_fen,
        )  # fmt: skip
