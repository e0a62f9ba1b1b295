"""Sample after-sales: where goods go back to, a return that waits for an answer, a word to the seller."""

from __future__ import annotations

from sqlalchemy import select

from marketplace.database import db, transaction
from orders.aftersales.addresses import Consignee, set_return_address
from orders.aftersales.models import AftersalesCase, CaseCause, CaseKind
from orders.aftersales.service import apply_for_refund
from orders.remarks.service import change_remark
from orders.trades.models import Order, OrderLine
from orders.trades.states import OrderState
from samples import people
from samples.purchases import manager_of

DEPOT = Consignee(name="示例退货仓", phone="19900000008", address="示例路 2 号（仅供演示）")
INSTRUMENT = "加依村手工乐器"


def make_aftersales() -> None:
    """Make what is missing: the shopper's instrument came with a scratch, and is to go back."""
    with transaction():
        shopper = people.by_phone(people.SHOPPER_PHONE)
        if db.session.scalar(
            select(AftersalesCase.id).where(AftersalesCase.account_id == shopper.account_id)
        ):
            return
        bought = (
            select(Order, OrderLine.id.label("line_id"))
            .join(OrderLine, OrderLine.order_id == Order.id)
            .where(Order.account_id == shopper.account_id)
        )
        found = db.session.execute(
            bought.where(Order.state == OrderState.SHIPPED, OrderLine.product_name == INSTRUMENT)
        ).first()
        if found is not None:
            order, line_id = found
            seller = manager_of(order.cooperative_id)
            set_return_address(seller, order.cooperative_id, DEPOT)
            apply_for_refund(
                shopper,
                order.id,
                order_line_id=line_id,
                quantity=1,
                kind=CaseKind.EXCHANGE,
                cause=CaseCause.DAMAGED,
                reason="琴面有一道划痕，想换一把（示例）",
            )
        waiting = db.session.execute(
            bought.where(Order.state == OrderState.PAID).order_by(Order.id)
        ).first()
        if waiting is not None:
            change_remark(shopper, waiting[0].id, remark="周末在家，请周五前后送到（示例）")
