"""What becomes of an order as its pieces are refunded: still to be delivered, or nothing left of it."""

from collections.abc import Sequence

from marketplace import clock
from marketplace.database import db
from marketplace.identity.actor import Actor
from orders.aftersales import queries
from orders.aftersales.amounts import LineSums
from orders.aftersales.models import AftersalesCase
from orders.aftersales.moving import claim, give_claim_back, move_case
from orders.aftersales.rules import FAULTS
from orders.fulfilment import service as fulfilment
from orders.trades import queries as trade_queries
from orders.trades import service as trades
from orders.trades.models import Order, OrderLine
from orders.trades.states import SUPERSEDE_CASE, VOID_ORDER, By, OrderState

_SENT = frozenset({OrderState.PART_SHIPPED, OrderState.SHIPPED})


def settle_order(actor: Actor, order: Order, case: AftersalesCase) -> int:
    """Move a locked order whose case is being refunded; return the freight that goes back with it.

    Nothing shipped and nothing left to ship: the order is void and its freight goes back too.
    Something shipped: the rest is not awaited any longer; and where all of that went back as well,
    nothing is.
    """
    lines = trade_queries.list_lines([order.id])
    if any(fulfilment.to_ship(line) for line in lines):
        return 0
    if order.state is OrderState.PAID:
        freight_fen = order.freight_fen - order.freight_refunded_fen
        _void(actor, order)
        return freight_fen
    freight_fen = _freight_of_fault(order, case, lines)
    if _is_emptied(order, lines, case):
        _end(actor, order, lines)
    elif order.state is OrderState.PART_SHIPPED:
        fulfilment.call_rest_off(actor, order)
    return freight_fen


def give_line_back(actor: Actor, order: Order, line: OrderLine, case: AftersalesCase) -> None:
    """Have a case bring all that is left of a line of which nothing ever went out.

    Its last pieces are released by this case: nobody keeps money for goods that were not sent,
    whatever less was named or is still asked for.
    """
    for other in queries.list_undecided(order, [line.id]):
        if other.id != case.id:
            move_case(actor, other, SUPERSEDE_CASE, By.ORDER, answered_at=clock.now())
            give_claim_back(order, other)
    db.session.refresh(line)
    left_fen = LineSums.of(line).left_fen
    if left_fen:
        claim(order, line.id, 0, left_fen)
        case.goods_fen += left_fen
        db.session.flush()


def end_if_emptied(actor: Actor, order: Order) -> None:
    """End a locked order of which only a case kept something open that is now over."""
    if order.state in _SENT:
        lines = trade_queries.list_lines([order.id])
        if _is_emptied(order, lines, None):
            _end(actor, order, lines)


def _is_emptied(order: Order, lines: Sequence[OrderLine], booked: AftersalesCase | None) -> bool:
    """Tell whether every piece of an order that nobody has accepted was refunded.

    Not while another case is open: it may give its pieces back to the order.
    """
    if order.state not in _SENT or any(line.claimed_quantity < line.quantity for line in lines):
        return False
    return not queries.has_unsettled(order, apart_from=booked)


def _end(actor: Actor, order: Order, lines: Sequence[OrderLine]) -> None:
    is_all_back = order.freight_refunded_fen == order.freight_fen and all(
        line.refunded_fen == line.net_fen for line in lines
    )
    if is_all_back:
        _void(actor, order)
        return
    if order.state is OrderState.PART_SHIPPED:
        fulfilment.call_rest_off(actor, order)
    fulfilment.accept_emptied(actor, order)


def _void(actor: Actor, order: Order) -> None:
    trades.move_order(
        order,
        VOID_ORDER,
        actor=actor,
        closed_at=clock.now(),
        freight_refunded_fen=order.freight_fen,
        accept_due_at=None,
    )


def _freight_of_fault(order: Order, case: AftersalesCase, lines: Sequence[OrderLine]) -> int:
    """Return the freight that goes back because the cooperative answers for a whole return.

    Everything of the order is refunded now, the last of it for a fault: nothing of the order's
    freight was of use. Without a fault the buyer bears the way there as the way back.
    """
    left_fen = order.freight_fen - order.freight_refunded_fen
    if case.cause not in FAULTS or left_fen == 0:
        return 0
    if any(line.refunded_fen < line.net_fen for line in lines):
        return 0
    order.freight_refunded_fen = order.freight_fen
    db.session.flush()
    return left_fen
