"""What the platform adds to a sale: its coupons' part of a line, and what of it comes back on refunds."""

import uuid

from sqlalchemy import select, update

from marketplace.database import db
from marketplace.money import prorate
from orders.aftersales.models import AftersalesCase
from orders.trades.models import Order, OrderLine


def returned_subsidy(*, platform_discount_fen: int, net_fen: int, refunded_fen: int) -> int:
    """Return how much of a line's platform discount has come back once so much was refunded.

    The share of what the buyer paid for the goods, half up and cumulative: refunded whole, all of
    it has come back. A line never has a discount and nothing to pay, so the share is defined.
    """
    if platform_discount_fen == 0:
        return 0
    return prorate(platform_discount_fen, refunded_fen, net_fen)


def take_back_subsidy(order: Order, case_id: uuid.UUID) -> int:
    """Take back from the cooperative what the platform added to the goods of an agreed case.

    The order is locked and the line's refunded sum holds this refund. Nothing is read for an order
    without a coupon at the platform's cost. Returns the fen that come back now.
    """
    if order.platform_discount_fen == 0:
        return 0
    line = db.session.execute(
        select(
            OrderLine.id,
            OrderLine.net_fen,
            OrderLine.refunded_fen,
            OrderLine.platform_discount_fen,
            OrderLine.platform_returned_fen,
        )
        .join(AftersalesCase, AftersalesCase.order_line_id == OrderLine.id)
        .where(AftersalesCase.id == case_id, OrderLine.cooperative_id == order.cooperative_id)
    ).one()
    due = returned_subsidy(
        platform_discount_fen=line.platform_discount_fen,
        net_fen=line.net_fen,
        refunded_fen=line.refunded_fen,
    )
    back: int = due - line.platform_returned_fen
    if back:
        db.session.execute(
            update(OrderLine)
            .where(OrderLine.cooperative_id == order.cooperative_id, OrderLine.id == line.id)
            .values(platform_returned_fen=due)
            .execution_options(synchronize_session="fetch")
        )
    return back
