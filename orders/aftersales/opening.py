"""Opening cases: what may be asked for, and the claim on the line that goes with it.

A case claims its share of the line when it is opened, so that cases open at once cannot together
exceed the line.
"""

import uuid
from collections.abc import Iterable

from marketplace import audit, clock
from marketplace.database import db
from marketplace.identity.actor import Actor
from marketplace.ids import new_id, new_number
from marketplace.permissions import Permission
from orders.aftersales import queries
from orders.aftersales.amounts import LineSums, refund_amount
from orders.aftersales.errors import (
    AftersalesWindowClosed,
    NothingLeftToClaim,
    NothingToIntercept,
    OrderLineNotFound,
    ParcelAtPoint,
    RefundEmpty,
    RefundExceedsShipped,
)
from orders.aftersales.models import AftersalesCase, CaseCause, CaseKind, ReturnWay
from orders.aftersales.moving import claim, record_event, tell
from orders.aftersales.rules import check_return_class
from orders.pickups.queries import sum_come
from orders.trades import queries as trade_queries
from orders.trades.deadlines import case_due
from orders.trades.models import Order, OrderLine
from orders.trades.states import AftersalesState, By, OrderState

# Paid and not yet over: while an order stands here its buyer may apply.
_OPEN_TO_BUYER = frozenset({OrderState.PAID, OrderState.PART_SHIPPED, OrderState.SHIPPED})
# The cooperative may give money back as long as it has any, a completed order included.
_OPEN_TO_SELLER = _OPEN_TO_BUYER | {OrderState.ACCEPTED, OrderState.COMPLETED}
ON_THE_WAY = frozenset({OrderState.PART_SHIPPED, OrderState.SHIPPED})


def is_open_to_buyer(order: Order) -> bool:
    """Tell whether the buyer may apply now: until the window after acceptance has closed."""
    if order.state is OrderState.ACCEPTED and order.window_closes_at is not None:
        return clock.now() < order.window_closes_at
    return order.state in _OPEN_TO_BUYER


def is_open_to_seller(order: Order) -> bool:
    """Tell whether the cooperative may give a refund of its own accord."""
    return order.state in _OPEN_TO_SELLER


def apply_for_refund(
    actor: Actor,
    order_id: uuid.UUID,
    *,
    order_line_id: uuid.UUID,
    reason: str,
    quantity: int = 0,
    amount_fen: int | None = None,
    kind: CaseKind = CaseKind.REFUND_ONLY,
    cause: CaseCause = CaseCause.OTHER,
) -> AftersalesCase:
    """Apply as the buyer for money, for a return or an exchange of pieces of a line.

    Without an amount the pieces bring their share of the line. Raises AftersalesWindowClosed,
    OrderLineNotFound, NothingLeftToClaim, RefundEmpty, PiecesNotNamed, RefundExceedsQuantity,
    RefundExceedsPieces, RefundExceedsLine, RefundExceedsShipped, ReturnClassForbids,
    GoodsMustComeBack.
    """
    order = trade_queries.lock_order(
        order_id, trade_queries.bought_by(actor, Permission.AFTER_SALES_APPLY)
    )
    if not is_open_to_buyer(order):
        raise AftersalesWindowClosed
    line = line_of(order, order_line_id)
    if not LineSums.of(line).is_claimable:
        raise NothingLeftToClaim
    check_return_class(line, kind, cause, quantity)
    if kind is not CaseKind.REFUND_ONLY:
        if quantity == 0:
            raise RefundEmpty
        left = returnable_quantity(line, queries.list_cases([order.id]))
        if quantity > left:
            raise RefundExceedsShipped(left=left)
    case = open_case(
        actor,
        order,
        line,
        By.BUYER,
        kind=kind,
        cause=cause,
        reason=reason,
        quantity=quantity,
        amount=None if kind is CaseKind.EXCHANGE else amount_fen,
        return_way=None if kind is CaseKind.REFUND_ONLY else ReturnWay.SENT,
    )
    tell_applied(actor, case)
    return case


def ask_to_intercept(actor: Actor, order_id: uuid.UUID, *, reason: str) -> list[AftersalesCase]:
    """Ask as the buyer that what is on its way be stopped, or refused at the door, and refunded.

    One case per line. What has come to its pick-up point is refused by not collecting it. Raises
    NothingToIntercept, ParcelAtPoint.
    """
    order = trade_queries.lock_order(
        order_id, trade_queries.bought_by(actor, Permission.AFTER_SALES_APPLY)
    )
    if order.state not in ON_THE_WAY:
        raise NothingToIntercept
    earlier = queries.list_cases([order.id])
    come = sum_come(order) if order.pickup_point_id else {}
    opened = []
    for line in trade_queries.list_lines([order.id]):
        on_its_way = line.shipped_quantity - come.get(line.id, 0)
        pieces = min(returnable_quantity(line, earlier), on_its_way)
        if pieces:
            case = open_case(
                actor,
                order,
                line,
                By.BUYER,
                kind=CaseKind.RETURN,
                cause=CaseCause.NO_REASON,
                reason=reason,
                quantity=pieces,
                amount=None,
                return_way=ReturnWay.INTERCEPTED,
            )
            tell_applied(actor, case)
            opened.append(case)
    if not opened:
        raise ParcelAtPoint if come else NothingToIntercept
    return opened


def returnable_quantity(line: OrderLine, cases: Iterable[AftersalesCase]) -> int:
    """Return how many pieces of a line were shipped and are in no case about goods or money."""
    taken = sum(
        case.quantity - case.released_quantity
        for case in cases
        if case.order_line_id == line.id and queries.takes_shipped(case)
    )
    return min(line.shipped_quantity - taken, line.quantity - line.claimed_quantity)


def open_case(
    actor: Actor,
    order: Order,
    line: OrderLine,
    opened_by: By,
    *,
    reason: str,
    quantity: int,
    amount: int | None,
    kind: CaseKind = CaseKind.REFUND_ONLY,
    cause: CaseCause = CaseCause.OTHER,
    return_way: ReturnWay | None = None,
    applied_by: uuid.UUID | None = None,
) -> AftersalesCase:
    """Claim a part of a line of a locked order for a new case."""
    goods_fen = refund_amount(
        LineSums.of(line), quantity, amount, is_given=opened_by is By.COOPERATIVE
    )
    claim(order, line.id, quantity, goods_fen)
    case = AftersalesCase(
        id=new_id(),
        cooperative_id=order.cooperative_id,
        account_id=order.account_id,
        order_id=order.id,
        order_line_id=line.id,
        case_no=new_number("SH"),
        state=AftersalesState.APPLIED,
        kind=kind,
        cause=cause,
        opened_by=opened_by,
        reason=reason,
        quantity=quantity,
        goods_fen=goods_fen,
        return_way=return_way,
        applied_at=clock.now(),
        applied_by=applied_by or actor.account_id,
        due_at=case_due(AftersalesState.APPLIED),
    )
    db.session.add(case)
    db.session.flush()
    return case


def tell_applied(actor: Actor, case: AftersalesCase) -> None:
    """Write that the buyer applied."""
    record_event(actor, case, "applied", By.BUYER, case.reason)
    audit.record(
        "aftersales.applied",
        "aftersales_case",
        case.id,
        actor=actor,
        after={"kind": case.kind, "cause": case.cause},
    )
    tell(case, "applied")


def line_of(order: Order, order_line_id: uuid.UUID) -> OrderLine:
    """Return a line of an order; raises OrderLineNotFound."""
    for line in order.lines:
        if line.id == order_line_id:
            return line
    raise OrderLineNotFound
