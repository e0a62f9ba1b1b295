"""What is called off of an order, in words: all of it, or what was not sent yet."""

from collections.abc import Iterable

from marketplace.language import Text
from marketplace.money import yuan
from orders.aftersales.models import AftersalesCase
from orders.cancellations.models import Cancellation
from orders.fulfilment.service import to_ship
from orders.trades.models import Order
from orders.trades.states import CancellationState

_ORDER = Text("取消订单", "Calling off")
_REST = Text("取消未发出的商品", "Calling off what is unsent")
_TURNS = frozenset({CancellationState.ASKED, CancellationState.AGREED})


def is_rest(order: Order) -> bool:
    """Tell whether something of an order was sent, so that only its rest can be called off."""
    return any(line.shipped_quantity for line in order.lines)


def count_unsent(order: Order) -> int:
    """Return how many pieces of an order wait to be sent."""
    return sum(to_ship(line) for line in order.lines)


def say_what(order: Order, cancellation: Cancellation) -> Text:
    """Say what a cancellation is about; one that came to nothing was before what was sent since."""
    return _REST if is_rest(order) and cancellation.state in _TURNS else _ORDER


def say_called_off(
    order: Order, cancellation: Cancellation, cases: Iterable[AftersalesCase]
) -> Text | None:
    """Say which rest of an order was called off and what goes back; none where it was all.

    Its cases are those that released pieces from then on: nothing waited to be sent any more.
    """
    began = cancellation.answered_at
    if cancellation.state is not CancellationState.AGREED or began is None or not is_rest(order):
        return None
    own = [case for case in cases if case.released_quantity and case.applied_at >= began]
    return Text(
        "未发出的 {n} 件已取消，{yuan} 元原路退回",
        "{n} unsent pieces are called off; {yuan} yuan go back the way they were paid",
    ).format(
        n=sum(case.released_quantity for case in own),
        yuan=yuan(sum(case.goods_fen + case.freight_fen for case in own)),
    )
