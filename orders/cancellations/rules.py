"""When an order may be called off, and whether the cooperative has to consent."""

from orders.fulfilment.service import to_ship
from orders.trades.models import Order
from orders.trades.states import OrderState

CANCELLABLE = frozenset({OrderState.PAID, OrderState.PART_SHIPPED})
MADE_TO_ORDER = "custom_made"


def is_cancellable(order: Order) -> bool:
    """Tell whether something of a paid order still waits to be shipped, and so can be called off."""
    return order.state in CANCELLABLE and any(to_ship(line) for line in order.lines)


def needs_consent(order: Order) -> bool:
    """Tell whether the buyer has to ask: packing has begun, or goods are made for this buyer."""
    return has_begun(order) or any(line.return_class == MADE_TO_ORDER for line in order.lines)


def has_begun(order: Order) -> bool:
    """Tell whether the cooperative has begun to pack an order, or shipped a part of it."""
    return order.state is not OrderState.PAID or order.picked_at is not None
