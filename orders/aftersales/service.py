"""Refunds of order lines: apply, answer, give. Every step locks the order first.

A case claims its share of the line when it is opened, so that cases open at once cannot together
exceed the line; agreement books everything (stock, credits, journal, the refund to be sent) in
one transaction.
"""

import uuid
from typing import Any

from sqlalchemy import update

from marketplace import audit, clock
from marketplace.database import db
from marketplace.identity.actor import Actor
from marketplace.ids import new_id, new_number
from marketplace.permissions import Permission
from orders.aftersales import queries
from orders.aftersales.amounts import LineSums, refund_amount
from orders.aftersales.errors import (
    AftersalesStateForbids,
    AftersalesWindowClosed,
    MoreBackThanSent,
    OrderLineNotFound,
    RefundExceedsLine,
)
from orders.aftersales.finishing import finish_case
from orders.aftersales.models import AftersalesCase
from orders.fulfilment import service as fulfilment
from orders.invoices.reversing import follow_refund
from orders.payments import refunds
from orders.trades import queries as trade_queries
from orders.trades import service as trades
from orders.trades.models import Order, OrderLine
from orders.trades.states import (
    AGREE_CASE,
    REFUSE_CASE,
    SUPERSEDE_CASE,
    VOID_ORDER,
    WITHDRAW_CASE,
    AftersalesState,
    By,
    Move,
    OrderState,
)
from partners.credits import service as credit_service
from products.stock import service as stock

# Paid and not yet over: while an order stands here its buyer may apply.
_OPEN_TO_BUYER = frozenset({OrderState.PAID, OrderState.PART_SHIPPED, OrderState.SHIPPED})
# The cooperative may give money back as long as it has any, a completed order included.
_OPEN_TO_SELLER = _OPEN_TO_BUYER | {OrderState.ACCEPTED, OrderState.COMPLETED}


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
) -> AftersalesCase:
    """Apply for a refund of a line as its buyer, by pieces, by amount, or both.

    Raises AftersalesWindowClosed, OrderLineNotFound, RefundEmpty, RefundExceedsQuantity,
    RefundExceedsLine.
    """
    order = trade_queries.lock_order(
        order_id, trade_queries.bought_by(actor, Permission.AFTER_SALES_APPLY)
    )
    if not is_open_to_buyer(order):
        raise AftersalesWindowClosed
    case = _open_case(
        actor, order, order_line_id, By.BUYER, reason=reason, quantity=quantity, amount=amount_fen
    )
    audit.record("aftersales.applied", "aftersales_case", case.id, actor=actor)
    return case


def give_refund(
    actor: Actor,
    order_id: uuid.UUID,
    *,
    order_line_id: uuid.UUID,
    reason: str,
    quantity: int = 0,
    amount_fen: int | None = None,
    put_back_quantity: int = 0,
) -> AftersalesCase:
    """Refund a line as its cooperative without an application, even after completion."""
    order = trade_queries.lock_order(
        order_id, trade_queries.sold_by(actor, Permission.AFTER_SALES_ANSWER)
    )
    if not is_open_to_seller(order):
        raise AftersalesWindowClosed
    case = _open_case(
        actor,
        order,
        order_line_id,
        By.COOPERATIVE,
        reason=reason,
        quantity=quantity,
        amount=amount_fen,
    )
    _agree(actor, case, order, put_back_quantity, answer=None)
    return case


def refund_unshipped(
    actor: Actor, order: Order, *, opened_by: By, applied_by: uuid.UUID, reason: str
) -> list[AftersalesCase]:
    """Refund of a locked order all that was not shipped, as cases agreed at once.

    Open applications about the order are superseded: what they ask for goes back here.
    """
    for case in queries.list_applied(order):
        _move(case, SUPERSEDE_CASE, answered_at=clock.now())
        _claim(order, case.order_line_id, -case.quantity, -case.goods_fen)
        audit.record("aftersales.superseded", "aftersales_case", case.id, actor=actor)
    cases = []
    for line in trade_queries.list_lines([order.id]):
        pieces = min(fulfilment.to_ship(line), line.quantity - line.claimed_quantity)
        if pieces > 0:
            case = _open_case(
                actor,
                order,
                line.id,
                opened_by,
                applied_by=applied_by,
                reason=reason,
                quantity=pieces,
                amount=None,
            )
            _agree(actor, case, order, 0, answer=None)
            cases.append(case)
    return cases


def agree_to_refund(
    actor: Actor, case_id: uuid.UUID, *, put_back_quantity: int = 0, answer: str | None = None
) -> AftersalesCase:
    """Agree to an application; ``put_back_quantity`` of the shipped pieces are sellable again."""
    case, order = queries.lock_case(
        case_id, trade_queries.sold_by(actor, Permission.AFTER_SALES_ANSWER)
    )
    _agree(actor, case, order, put_back_quantity, answer)
    return case


def refuse_refund(actor: Actor, case_id: uuid.UUID, *, answer: str) -> AftersalesCase:
    """Refuse an application, saying why; what it claimed is free to be claimed again."""
    case, order = queries.lock_case(
        case_id, trade_queries.sold_by(actor, Permission.AFTER_SALES_ANSWER)
    )
    _move(case, REFUSE_CASE, answer=answer, answered_at=clock.now(), answered_by=actor.id)
    _claim(order, case.order_line_id, -case.quantity, -case.goods_fen)
    audit.record("aftersales.refused", "aftersales_case", case.id, actor=actor)
    return case


def withdraw_application(actor: Actor, case_id: uuid.UUID) -> AftersalesCase:
    """Take an unanswered application back as its buyer."""
    case, order = queries.lock_case(
        case_id, trade_queries.bought_by(actor, Permission.AFTER_SALES_APPLY)
    )
    _move(case, WITHDRAW_CASE, answered_at=clock.now(), answered_by=actor.id)
    _claim(order, case.order_line_id, -case.quantity, -case.goods_fen)
    audit.record("aftersales.withdrawn", "aftersales_case", case.id, actor=actor)
    return case


def _open_case(
    actor: Actor,
    order: Order,
    order_line_id: uuid.UUID,
    opened_by: By,
    *,
    reason: str,
    quantity: int,
    amount: int | None,
    applied_by: uuid.UUID | None = None,
) -> AftersalesCase:
    line = _line_of(order, order_line_id)
    goods_fen = refund_amount(
        LineSums(
            net_fen=line.net_fen,
            quantity=line.quantity,
            claimed_fen=line.claimed_fen,
            claimed_quantity=line.claimed_quantity,
        ),
        quantity,
        amount,
    )
    _claim(order, line.id, quantity, goods_fen)
    case = AftersalesCase(
        id=new_id(),
        cooperative_id=order.cooperative_id,
        account_id=order.account_id,
        order_id=order.id,
        order_line_id=line.id,
        case_no=new_number("SH"),
        state=AftersalesState.APPLIED,
        opened_by=opened_by,
        reason=reason,
        quantity=quantity,
        goods_fen=goods_fen,
        applied_at=clock.now(),
        applied_by=applied_by or actor.account_id,
    )
    db.session.add(case)
    db.session.flush()
    return case


def _line_of(order: Order, order_line_id: uuid.UUID) -> OrderLine:
    for line in order.lines:
        if line.id == order_line_id:
            return line
    raise OrderLineNotFound


def _claim(order: Order, line_id: uuid.UUID, quantity: int, goods_fen: int) -> None:
    """Claim (or, negative, give back) a part of a line; the guard holds even without the lock."""
    claimed = db.session.execute(
        update(OrderLine)
        .where(
            OrderLine.cooperative_id == order.cooperative_id,
            OrderLine.id == line_id,
            OrderLine.claimed_quantity + quantity <= OrderLine.quantity,
            OrderLine.claimed_fen + goods_fen <= OrderLine.net_fen,
        )
        .values(
            claimed_quantity=OrderLine.claimed_quantity + quantity,
            claimed_fen=OrderLine.claimed_fen + goods_fen,
        )
        .returning(OrderLine.id)
        .execution_options(synchronize_session=False)
    ).first()
    if claimed is None:
        raise RefundExceedsLine(left=0)
    trades.forget(OrderLine)


def _move(case: AftersalesCase, move: Move, **values: Any) -> None:
    moved = db.session.execute(
        update(AftersalesCase)
        .where(
            AftersalesCase.cooperative_id == case.cooperative_id,
            AftersalesCase.id == case.id,
            AftersalesCase.state.in_(sorted(move.sources)),
        )
        .values(state=move.target, **values)
        .returning(AftersalesCase.id)
        .execution_options(synchronize_session=False)
    ).first()
    if moved is None:
        raise AftersalesStateForbids
    db.session.refresh(case)


def _agree(
    actor: Actor, case: AftersalesCase, order: Order, put_back: int, answer: str | None
) -> None:
    """Book an agreed refund whole: line, stock, order, credits, journal, money to send."""
    line = _line_of(order, case.order_line_id)
    # Pieces not yet shipped are released first: they need not travel.
    released = min(case.quantity, fulfilment.to_ship(line))
    if put_back > min(case.quantity - released, line.shipped_quantity):
        raise MoreBackThanSent
    _move(
        case,
        AGREE_CASE,
        answer=answer,
        answered_at=clock.now(),
        answered_by=actor.id,
        released_quantity=released,
        put_back_quantity=put_back,
    )
    db.session.execute(
        update(OrderLine)
        .where(OrderLine.cooperative_id == order.cooperative_id, OrderLine.id == line.id)
        .values(
            released_quantity=OrderLine.released_quantity + released,
            refunded_fen=OrderLine.refunded_fen + case.goods_fen,
        )
        .execution_options(synchronize_session=False)
    )
    trades.forget(OrderLine)
    freight_fen = _settle_order(actor, order)
    if freight_fen:
        case.freight_fen = freight_fen
        db.session.flush()
    follow_refund(order, cause_id=case.id)
    _move_goods(actor, order, case, line)
    credit_service.reverse_sale(
        cooperative_id=order.cooperative_id,
        line_id=line.id,
        cause_id=case.id,
        returned_fen_total=line.refunded_fen,
    )
    _send_money(actor, case, order)
    audit.record(
        "aftersales.agreed",
        "aftersales_case",
        case.id,
        actor=actor,
        after={"goods_fen": case.goods_fen, "freight_fen": case.freight_fen},
    )


def _settle_order(actor: Actor, order: Order) -> int:
    """Move an order whose last waiting piece was just released; return freight that goes back.

    Nothing shipped and nothing left to ship: the order is void and its freight goes back too.
    Something shipped: the rest is not awaited any longer.
    """
    lines = trade_queries.list_lines([order.id])
    if any(fulfilment.to_ship(line) for line in lines):
        return 0
    if order.state is OrderState.PART_SHIPPED:
        fulfilment.finish_shipping(actor, order)
        return 0
    if order.state is not OrderState.PAID:
        return 0
    freight_fen = order.freight_fen - order.freight_refunded_fen
    trades.move_order(
        order,
        VOID_ORDER,
        actor=actor,
        closed_at=clock.now(),
        freight_refunded_fen=order.freight_fen,
    )
    return freight_fen


def _move_goods(actor: Actor, order: Order, case: AftersalesCase, line: OrderLine) -> None:
    def pieces(quantity: int) -> list[stock.StockItem]:
        return [stock.StockItem(order.cooperative_id, line.sku_id, quantity)]

    if case.released_quantity:
        stock.release(order.id, pieces(case.released_quantity))
    if case.put_back_quantity:
        stock.put_back(order.id, pieces(case.put_back_quantity), case.id, actor=actor)


def _send_money(actor: Actor, case: AftersalesCase, order: Order) -> None:
    amount_fen = case.goods_fen + case.freight_fen
    if amount_fen == 0:
        finish_case(case.id)
    else:
        refunds.request_refund(order, amount_fen=amount_fen, cause_id=case.id, actor=actor)
