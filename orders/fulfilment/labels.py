"""Shipping labels for thermal printers, in the two sizes that couriers' rolls have."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from marketplace import clock
from marketplace.papers import begin_labels
from orders.checkout.service import Recipient
from orders.fulfilment.label_sizes import LabelSize
from orders.fulfilment.pick_lists import region_name
from orders.fulfilment.service import to_ship
from orders.fulfilment.wording import say_to_send
from orders.trades.models import Order, OrderLine

if TYPE_CHECKING:
    from marketplace.typesetting import Labels


def write_labels(orders: Sequence[Order], size: LabelSize) -> bytes:
    """Return a label for each order, its number as a bar code for whoever registers the waybill.

    The telephone is whole: couriers ask for it. What stands on a label is needed on the way, no more.
    """
    labels = begin_labels(*size.millimetres, made_at=clock.now())
    for order in orders:
        _write(labels, order, is_large=size is LabelSize.LARGE)
    return labels.close_up()


def _write(labels: "Labels", order: Order, *, is_large: bool) -> None:
    recipient = Recipient.unseal(order.ship_to)
    factor = 1.3 if is_large else 1.0
    labels.begin_label()
    labels.add_barcode(order.order_no, 14 * factor)
    labels.add_rule()
    labels.add_line(f"收  {recipient.name}  {recipient.phone}", size=12 * factor)
    labels.add_line(region_name(order), size=10 * factor, lines=2)
    labels.add_line(recipient.address, size=11 * factor, lines=4)
    if order.pickup_point_id is not None:
        labels.add_line("自提件：送到自提点，由买家凭码来取", size=9 * factor, lines=2)
    labels.add_rule()
    labels.add_line(f"寄  {order.cooperative_name}", size=9 * factor, lines=2)
    labels.add_rule()
    for line in order.lines:
        if to_ship(line) and labels.get_y() < labels.h - 16 * factor:
            labels.add_line(_goods(line), size=8 * factor, lines=2)
    if order.remark:
        labels.add_line(f"留言：{order.remark}", size=8 * factor, lines=2)


def _goods(line: OrderLine) -> str:
    """Return what is to be sent of a line, the figure first: a long name is cut off at its end."""
    words = say_to_send(line)
    how_many = f"{words.zh}：" if words else f"{line.quantity} {line.unit}  "
    return f"{how_many}{line.product_name} {line.spec}"
