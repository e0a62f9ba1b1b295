"""How much of a line is still to be sent, in words."""

from marketplace.language import Text
from orders.fulfilment.service import to_ship
from orders.trades.models import OrderLine


def say_to_send(line: OrderLine) -> Text | None:
    """Return how much is still to be sent of a line of which some is sent or given up already."""
    left, told = to_ship(line), {"unit": line.unit, "whole": line.quantity}
    if left == line.quantity:
        return None
    if left:
        return Text(
            "还需发 {left} {unit}，共 {whole} {unit}",
            "{left} {unit} still to send, of {whole} {unit}",
        ).format(left=left, **told)
    if line.shipped_quantity:
        return Text("已发 {sent} {unit}，不用再发", "{sent} {unit} sent, no more to send").format(
            sent=line.shipped_quantity, **told
        )
    return Text("已退，不用发", "Refunded, none to send")


def say_quantity(line: OrderLine) -> Text:
    """Return how many pieces of a line go into the next parcel, and of how many."""
    figure = f"× {line.quantity}"
    return say_to_send(line) or Text(figure, figure)
