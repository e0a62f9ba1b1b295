"""Booking an agreed refund whole: line, stock, order, credits, journal and the money to send.

All of it in the transaction that agrees, so that no fen is owed which the ledgers do not know.
"""

from typing import Any

from sqlalchemy import update

from marketplace.database import db
from marketplace.identity.actor import Actor
from marketplace.ids import new_id
from orders.aftersales import queries
from orders.aftersales.emptying import give_line_back, settle_order
from orders.aftersales.errors import MoreBackThanSent
from orders.aftersales.finishing import finish_case
from orders.aftersales.models import AftersalesCase
from orders.aftersales.moving import move_case, require_start
from orders.aftersales.opening import line_of
from orders.fulfilment import service as fulfilment
from orders.invoices.reversing import follow_refund
from orders.payments import refunds
from orders.trades import service as trades
from orders.trades.models import Order, OrderLine
from orders.trades.states import By, Move
from partners.credits import service as credit_service
from products.stock import service as stock


def book_refund(
    actor: Actor,
    case: AftersalesCase,
    order: Order,
    move: Move,
    party: By,
    *,
    put_back: int = 0,
    already_back: bool = False,
    note: str | None = None,
    **values: Any,
) -> None:
    """Move a case to its refund and book it; ``put_back`` of its pieces are sellable again.

    ``already_back``: they were put on the shelf by an earlier step.

    Raises MoreBackThanSent, AftersalesStateForbids.
    """
    require_start(case, move)
    line = line_of(order, case.order_line_id)
    # Pieces not yet shipped are released first: they need not travel. What comes back was shipped.
    released = 0 if case.asks_for_goods else min(case.quantity, fulfilment.to_ship(line))
    if put_back > min(case.quantity - released, line.shipped_quantity):
        raise MoreBackThanSent
    if released and line.shipped_quantity == 0 and released == fulfilment.to_ship(line):
        give_line_back(actor, order, line, case)
    _add_to_line(order, line, released, case.goods_fen)
    freight_fen = settle_order(actor, order, case)
    move_case(
        actor,
        case,
        move,
        party,
        note=note,
        released_quantity=released,
        put_back_quantity=put_back,
        freight_fen=freight_fen,
        **values,
    )
    follow_refund(order, cause_id=case.id)
    if released:
        stock.release(order.id, [_pieces(order, line, released)])
    if put_back and not already_back:
        put_pieces_back(actor, order, case, line)
    _take_credit_back(order, line, case)
    _send_money(actor, case, order)


def _take_credit_back(order: Order, line: OrderLine, case: AftersalesCase) -> None:
    # Goods that came first are counted when they are accepted, less what went back before.
    if order.sale_on is not None:
        credit_service.reverse_sale(
            cooperative_id=order.cooperative_id,
            line_id=line.id,
            cause_id=case.id,
            returned_fen_total=line.uncounted_fen,
        )


def _add_to_line(order: Order, line: OrderLine, released: int, goods_fen: int) -> None:
    db.session.execute(
        update(OrderLine)
        .where(OrderLine.cooperative_id == order.cooperative_id, OrderLine.id == line.id)
        .values(
            released_quantity=OrderLine.released_quantity + released,
            refunded_fen=OrderLine.refunded_fen + goods_fen,
        )
        .execution_options(synchronize_session=False)
    )
    trades.forget(OrderLine)


def _pieces(order: Order, line: OrderLine, quantity: int) -> stock.StockItem:
    return stock.StockItem(order.cooperative_id, line.sku_id, quantity)


def put_pieces_back(actor: Actor, order: Order, case: AftersalesCase, line: OrderLine) -> None:
    """Put what came back and is sellable on the shelf: first-shipped pieces, then replacements."""
    left, cause_id = case.put_back_quantity, case.id
    for holder_id, room in queries.list_return_room(order, line):
        pieces = min(left, room)
        if pieces:
            stock.put_back(holder_id, [_pieces(order, line, pieces)], cause_id, actor=actor)
            left, cause_id = left - pieces, new_id()
    if left:
        raise MoreBackThanSent


def _send_money(actor: Actor, case: AftersalesCase, order: Order) -> None:
    amount_fen = case.goods_fen + case.freight_fen
    if amount_fen == 0:
        finish_case(case.id)
    else:
        refunds.request_refund(order, amount_fen=amount_fen, cause_id=case.id, actor=actor)
