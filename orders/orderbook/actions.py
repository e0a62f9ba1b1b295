"""What a reader may do with an order now: read from the table of moves and the rules of the steps.

The services that take a step ask the same rules again under the order's lock, so that what is
offered is what is allowed, but for a race.
"""

from collections.abc import Iterable
from typing import Any

from orders.aftersales import opening as aftersales
from orders.cancellations.models import Cancellation
from orders.cancellations.rules import is_cancellable, needs_consent
from orders.fulfilment.picking import is_pickable
from orders.remarks.service import REMARKABLE, may_remind
from orders.trades.models import Order
from orders.trades.queries import Standing
from orders.trades.states import (
    ACCEPT_ORDER,
    CANCELLATION_MOVES,
    SHIP_REST,
    By,
    CancellationState,
    OrderState,
)

PARTY_OF = {Standing.BUYER: By.BUYER, Standing.SELLER: By.COOPERATIVE}


def list_actions(
    order: Order,
    standing: Standing,
    *,
    is_refundable: bool,
    is_on_its_way: bool,
    cancellation: Cancellation | None,
) -> list[str]:
    """Return the names of what the reader may do, in the order in which it is offered.

    ``is_on_its_way``: a parcel was sent that has not come to a pick-up point.
    """
    state = cancellation.state if cancellation is not None else None
    is_asked = state is CancellationState.ASKED
    if standing is Standing.BUYER:
        offers = _of_buyer(
            order, is_asked=is_asked, is_refundable=is_refundable, is_on_its_way=is_on_its_way
        )
    elif standing is Standing.SELLER:
        offers = _of_seller(order, is_asked=is_asked, is_refundable=is_refundable)
    else:
        return []
    named = [name for name, is_offered in offers if is_offered]
    return named + moves_of(CANCELLATION_MOVES, state, PARTY_OF[standing])


def moves_of(moves: Iterable[Any], state: str | None, party: By | None) -> list[str]:
    """Return the names of the moves that start here and are the party's to make."""
    return [move.name for move in moves if state in move.sources and party in move.by]


def _of_buyer(
    order: Order, *, is_asked: bool, is_refundable: bool, is_on_its_way: bool
) -> list[tuple[str, bool]]:
    is_unpaid = order.state is OrderState.UNPAID
    may_cancel = is_cancellable(order) and not is_asked
    return [
        ("pay", is_unpaid),
        ("cancel", is_unpaid),
        ("accept", order.state in ACCEPT_ORDER.sources),
        ("apply_for_refund", is_refundable and aftersales.is_open_to_buyer(order)),
        (
            "intercept",
            is_refundable and is_on_its_way and order.state in aftersales.ON_THE_WAY,
        ),
        ("cancel_order", may_cancel and not needs_consent(order)),
        ("ask_to_cancel", may_cancel and needs_consent(order)),
        ("remind", may_remind(order)),
        ("change_remark", order.state in REMARKABLE),
    ]


def _of_seller(order: Order, *, is_asked: bool, is_refundable: bool) -> list[tuple[str, bool]]:
    return [
        ("ship", order.state in SHIP_REST.sources and not is_asked),
        ("pick", is_pickable(order)),
        ("give_refund", is_refundable and aftersales.is_open_to_seller(order)),
        ("cancel_sale", is_cancellable(order) and not is_asked),
    ]
