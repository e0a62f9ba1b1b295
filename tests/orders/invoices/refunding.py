"""A refund of a line, applied for and agreed."""

from typing import Any

from marketplace.identity.actor import Actor
from orders.aftersales.models import AftersalesCase
from orders.aftersales.service import agree_to_refund, apply_for_refund
from orders.trades.models import Order
from tests.factories.orders import Market, lines_of


def refund(
    market: Market, order: Order, name: str, buyer: Actor | None = None, **how: Any
) -> AftersalesCase:
    """Refund pieces, or an amount, of the line of a product, as both sides agree."""
    line = next(line for line in lines_of(order) if line.product_name == name)
    case = apply_for_refund(
        buyer or market.buyer, order.id, order_line_id=line.id, reason="破损", **how
    )
    agree_to_refund(market.nanjiang.actor, case.id)
    return case
