"""The steps of after-sales cases: answer, send back, receive, replace, escalate, and what time does.

Every step locks the order first, so that two of them never cross; what a refund books is in
``booking``, what may be asked for in ``opening``.
"""

import uuid
from typing import Any

from sqlalchemy import ColumnElement

from marketplace import clock
from marketplace.database import db
from marketplace.identity.actor import SYSTEM, Actor
from marketplace.permissions import Permission
from orders.aftersales import queries, replacing
from orders.aftersales.addresses import Consignee, find_return_address, set_return_address
from orders.aftersales.amounts import LineSums
from orders.aftersales.booking import book_refund
from orders.aftersales.emptying import end_if_emptied
from orders.aftersales.ending import free
from orders.aftersales.errors import (
    AftersalesWindowClosed,
    NothingLeftToClaim,
    ReturnAddressMissing,
)
from orders.aftersales.models import AftersalesCase, CaseKind, ReturnWay
from orders.aftersales.moving import claim, give_claim_back, move_case, record_event
from orders.aftersales.opening import (
    apply_for_refund,
    ask_to_intercept,
    is_open_to_buyer,
    is_open_to_seller,
    line_of,
    open_case,
)
from orders.aftersales.rules import find_move
from orders.fulfilment import service as fulfilment
from orders.trades import queries as trade_queries
from orders.trades.models import Order
from orders.trades.states import (
    AGREE_CASE,
    AGREE_RETURN,
    ESCALATE_CASE,
    LAPSE_CASE,
    RECEIVE_FOR_EXCHANGE,
    REFUND_INSTEAD,
    REFUND_UNSEEN,
    REFUSE_CASE,
    REFUSE_GOODS,
    SEND_BACK,
    SEND_REPLACEMENT,
    SUPERSEDE_CASE,
    WITHDRAW_CASE,
    AftersalesState,
    By,
)
from products.stock.errors import StockShort

__all__ = [
    "agree_to_refund",
    "apply_for_refund",
    "ask_to_intercept",
    "is_open_to_buyer",
    "is_open_to_seller",
]


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
    line = line_of(order, order_line_id)
    sums = LineSums.of(line)
    if not sums.is_claimable and sums.left_fen == 0:
        raise NothingLeftToClaim
    case = open_case(
        actor, order, line, By.COOPERATIVE, reason=reason, quantity=quantity, amount=amount_fen
    )
    _agree_at_once(actor, case, order, By.COOPERATIVE, put_back_quantity)
    return case


def refund_unshipped(
    actor: Actor, order: Order, *, opened_by: By, applied_by: uuid.UUID, reason: str
) -> list[AftersalesCase]:
    """Refund of a locked order all that was not shipped, as cases agreed at once.

    What is asked for of the same lines and not decided on is superseded: it goes back here.
    """
    waiting = [line.id for line in order.lines if fulfilment.to_ship(line)]
    for case in queries.list_undecided(order, waiting):
        move_case(actor, case, SUPERSEDE_CASE, By.ORDER, answered_at=clock.now())
        give_claim_back(order, case)
    cases = []
    for line in trade_queries.list_lines([order.id]):
        pieces = min(fulfilment.to_ship(line), line.quantity - line.claimed_quantity)
        if pieces > 0:
            case = open_case(
                actor,
                order,
                line,
                opened_by,
                reason=reason,
                quantity=pieces,
                amount=None,
                applied_by=applied_by,
            )
            _agree_at_once(actor, case, order, opened_by, 0)
            cases.append(case)
    return cases


def _agree_at_once(
    actor: Actor, case: AftersalesCase, order: Order, party: By, put_back: int
) -> None:
    record_event(actor, case, "given", party, case.reason)
    book_refund(
        actor,
        case,
        order,
        AGREE_CASE,
        party,
        put_back=put_back,
        answered_at=clock.now(),
        answered_by=actor.id,
    )


def agree_to_refund(
    actor: Actor,
    case_id: uuid.UUID,
    *,
    put_back_quantity: int = 0,
    answer: str | None = None,
    return_to: Consignee | None = None,
) -> AftersalesCase:
    """Agree as the cooperative to what the buyer asks.

    Money alone is booked now; where goods are to come back first, the buyer is told where to send
    them: to ``return_to``, which is kept for the next time, or to where the last ones went. An
    exchange holds its replacement in stock from now on. Raises ReturnAddressMissing, StockShort,
    MoreBackThanSent, AftersalesStateForbids.
    """
    case, order = _lock_sold(actor, case_id)
    move = find_move(case, By.COOPERATIVE, "agree")
    facts: dict[str, Any] = {"answer": answer, "answered_at": clock.now(), "answered_by": actor.id}
    if move is AGREE_CASE:
        book_refund(
            actor, case, order, move, By.COOPERATIVE,
            put_back=put_back_quantity, note=answer, **facts,
        )  # fmt: skip
        return case
    if move is AGREE_RETURN:
        if return_to is not None:
            set_return_address(actor, case.cooperative_id, return_to)
        consignee = return_to or find_return_address(case.cooperative_id)
        if consignee is None:
            raise ReturnAddressMissing
        facts["return_to"] = consignee.seal()
    if case.kind is CaseKind.EXCHANGE:
        replacing.hold_replacement(order, case)
    move_case(actor, case, move, By.COOPERATIVE, note=answer, **facts)
    return case


def refuse_refund(actor: Actor, case_id: uuid.UUID, *, answer: str) -> AftersalesCase:
    """Refuse an application, saying why; what it claimed is free to be claimed again."""
    case, order = _lock_sold(actor, case_id)
    move_case(
        actor,
        case,
        REFUSE_CASE,
        By.COOPERATIVE,
        note=answer,
        answer=answer,
        answered_at=clock.now(),
        answered_by=actor.id,
    )
    give_claim_back(order, case)
    end_if_emptied(actor, order)
    return case


def withdraw_application(actor: Actor, case_id: uuid.UUID) -> AftersalesCase:
    """Take a case back as its buyer, as long as nothing was sent."""
    case, order = _lock_bought(actor, case_id)
    move_case(actor, case, WITHDRAW_CASE, By.BUYER)
    free(order, case)
    end_if_emptied(actor, order)
    return case


def send_goods_back(
    actor: Actor, case_id: uuid.UUID, *, courier_code: str, waybill_no: str
) -> AftersalesCase:
    """Say as the buyer with which waybill the goods are on their way back."""
    case, _ = _lock_bought(actor, case_id)
    move_case(
        actor,
        case,
        SEND_BACK,
        By.BUYER,
        note=waybill_no,
        return_courier_code=courier_code,
        return_waybill_no=waybill_no,
    )
    return case


def receive_goods(
    actor: Actor, case_id: uuid.UUID, *, put_back_quantity: int, note: str | None = None
) -> AftersalesCase:
    """Confirm as the cooperative that goods came back, so many of them sellable.

    The money goes back now, or the replacement waits to be sent. Raises MoreBackThanSent.
    """
    case, order = _lock_sold(actor, case_id)
    move = find_move(case, By.COOPERATIVE, "receive")
    if move is RECEIVE_FOR_EXCHANGE:
        replacing.take_back(actor, case, order, put_back_quantity, note)
    else:
        book_refund(actor, case, order, move, By.COOPERATIVE, put_back=put_back_quantity, note=note)
    return case


def refuse_goods(actor: Actor, case_id: uuid.UUID, *, answer: str) -> AftersalesCase:
    """Refuse as the cooperative what came back, or say that nothing came; the buyer may escalate."""
    case, order = _lock_sold(actor, case_id)
    move_case(
        actor, case, REFUSE_GOODS, By.COOPERATIVE, note=answer, answer=answer,
        answered_at=clock.now(), answered_by=actor.id,
    )  # fmt: skip
    free(order, case)
    return case


def send_replacement(
    actor: Actor, case_id: uuid.UUID, *, courier_code: str, waybill_no: str
) -> AftersalesCase:
    """Ship the replacement of an exchange as the cooperative. Raises WaybillAlreadyUsed."""
    case, order = _lock_sold(actor, case_id)
    move_case(actor, case, SEND_REPLACEMENT, By.COOPERATIVE, note=waybill_no)
    replacing.ship_replacement(actor, case, order, courier_code, waybill_no)
    return case


def refund_instead(actor: Actor, case_id: uuid.UUID) -> AftersalesCase:
    """Give the money back as the cooperative instead of a replacement."""
    case, order = _lock_sold(actor, case_id)
    replacing.refund_instead(actor, case, order, REFUND_INSTEAD, By.COOPERATIVE)
    return case


def confirm_replacement(actor: Actor, case_id: uuid.UUID) -> AftersalesCase:
    """Confirm as the buyer that the replacement came."""
    case, order = _lock_bought(actor, case_id)
    replacing.finish_exchange(actor, case, order, By.BUYER)
    return case


def escalate_case(actor: Actor, case_id: uuid.UUID, *, reason: str) -> AftersalesCase:
    """Bring a refusal before the platform as the buyer, within the days for it.

    Claims the part of the line again; raises RefundExceedsLine if something else took it meanwhile.
    """
    case, order = _lock_bought(actor, case_id)
    find_move(case, By.BUYER, ESCALATE_CASE.name)
    claim(order, case.order_line_id, case.quantity, case.goods_fen)
    move_case(actor, case, ESCALATE_CASE, By.BUYER, note=reason)
    return case


def settle_due_case(case_id: uuid.UUID) -> bool:
    """Do what is to happen to a case whose time is over; nothing unless that still holds."""
    found = queries.find_case(case_id)
    if found is None:
        return False
    order = trade_queries.lock_order(found.order_id)
    case = queries.find_case(case_id)
    if case is None or case.due_at is None or clock.now() < case.due_at:
        return False
    if case.state is AftersalesState.APPLIED:
        _agree_by_silence(case, order)
    elif case.state is AftersalesState.AWAITING_GOODS:
        move_case(SYSTEM, case, LAPSE_CASE, By.CLOCK)
        free(order, case)
    elif case.state is AftersalesState.RETURNING:
        replacing.refund_instead(SYSTEM, case, order, REFUND_UNSEEN, By.CLOCK)
    elif case.state is AftersalesState.AWAITING_REPLACEMENT:
        replacing.refund_instead(SYSTEM, case, order, REFUND_INSTEAD, By.CLOCK)
    elif case.state is AftersalesState.REPLACING:
        replacing.finish_exchange(SYSTEM, case, order, By.CLOCK)
    else:
        return False
    return True


def _agree_by_silence(case: AftersalesCase, order: Order) -> None:
    """Agree for a cooperative that did not answer.

    Without an address to send goods to, and without stock for an exchange, the money goes back:
    the buyer must not wait for what the cooperative failed to say or to have.
    """
    facts: dict[str, Any] = {"answered_at": clock.now()}
    consignee = find_return_address(case.cooperative_id)
    if case.asks_for_goods and case.return_way is ReturnWay.SENT:
        if consignee is None:
            case.kind, case.return_way = CaseKind.REFUND_ONLY, None
        else:
            facts["return_to"] = consignee.seal()
    if case.kind is CaseKind.EXCHANGE and not _holds_replacement(case, order):
        case.kind = CaseKind.RETURN
    db.session.flush()
    move = find_move(case, By.CLOCK, "agree")
    if move is AGREE_CASE:
        book_refund(SYSTEM, case, order, move, By.CLOCK, **facts)
    else:
        move_case(SYSTEM, case, move, By.CLOCK, **facts)


def _holds_replacement(case: AftersalesCase, order: Order) -> bool:
    try:
        with db.session.begin_nested():
            replacing.hold_replacement(order, case)
    except StockShort:
        return False
    return True


def _lock_sold(actor: Actor, case_id: uuid.UUID) -> tuple[AftersalesCase, Order]:
    return _lock(case_id, trade_queries.sold_by(actor, Permission.AFTER_SALES_ANSWER))


def _lock_bought(actor: Actor, case_id: uuid.UUID) -> tuple[AftersalesCase, Order]:
    return _lock(case_id, trade_queries.bought_by(actor, Permission.AFTER_SALES_APPLY))


def _lock(case_id: uuid.UUID, allowed: ColumnElement[bool]) -> tuple[AftersalesCase, Order]:
    return queries.lock_case(case_id, allowed)
