"""What is left to invoice: paid, not refunded, and on no live invoice yet."""

import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from orders.invoices import queries
from orders.trades.models import Order
from orders.trades.states import OrderState

FREIGHT_NAME = "运费"
FREIGHT_UNIT = "次"


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """What a buyer paid for a line (or, without one, the freight) of an order and kept."""

    order_id: uuid.UUID
    order_line_id: uuid.UUID | None
    product_id: uuid.UUID | None
    name: str
    spec: str
    unit: str
    quantity: int
    price_fen: int
    amount_fen: int

    @property
    def key(self) -> tuple[uuid.UUID, uuid.UUID | None]:
        return self.order_id, self.order_line_id


def is_invoiceable(order: Order) -> bool:
    """Tell whether an order was paid and not called off."""
    return order.paid_at is not None and order.state is not OrderState.CANCELLED


def list_kept(orders: Collection[Order]) -> list[Kept]:
    """Return what was paid and kept of orders, line by line, freight last; also where it is nothing.

    Discounts are in it: an order's line keeps its net amount, and the freight what was charged.
    """
    ids = [order.id for order in orders]
    back = queries.sum_refunded_quantities(ids)
    kept: dict[uuid.UUID, list[Kept]] = {order.id: [] for order in orders}
    for line in queries.list_order_lines(ids):
        kept[line.order_id].append(
            Kept(
                order_id=line.order_id,
                order_line_id=line.id,
                product_id=line.product_id,
                name=line.product_name,
                spec=line.spec,
                unit=line.unit,
                quantity=max(line.quantity - back.get(line.id, 0), 0),
                price_fen=line.price_fen,
                amount_fen=line.net_fen - line.refunded_fen,
            )
        )
    for order in orders:
        if order.freight_fen:
            kept[order.id].append(_freight(order))
    return [one for order in orders for one in kept[order.id]]


def _freight(order: Order) -> Kept:
    amount_fen = order.freight_fen - order.freight_refunded_fen
    return Kept(
        order_id=order.id,
        order_line_id=None,
        product_id=None,
        name=FREIGHT_NAME,
        spec="",
        unit=FREIGHT_UNIT,
        quantity=1 if amount_fen else 0,
        price_fen=order.freight_fen,
        amount_fen=amount_fen,
    )


def list_uninvoiced(orders: Sequence[Order]) -> list[Kept]:
    """Return what can be asked for now; two statements for any number of orders and one more."""
    taken = {
        (line.order_id, line.order_line_id)
        for line in queries.list_live_lines([order.id for order in orders])
    }
    return [one for one in list_kept(orders) if one.amount_fen > 0 and one.key not in taken]
