"""The goods of an exchange: held from the agreement on, shipped as a parcel of their own."""

from marketplace import clock
from marketplace.identity.actor import Actor
from orders.aftersales.booking import book_refund, put_pieces_back
from orders.aftersales.errors import MoreBackThanSent
from orders.aftersales.models import AftersalesCase, CaseKind
from orders.aftersales.moving import give_claim_back, move_case, require_start
from orders.aftersales.opening import line_of
from orders.fulfilment import service as fulfilment
from orders.pickups.moving import expect_replacement, move_pickups
from orders.pickups.queries import get_of_order
from orders.trades.models import Order
from orders.trades.states import (
    CLOSE_PICKUP,
    CONFIRM_PICKUP,
    CONFIRM_REPLACEMENT,
    RECEIVE_FOR_EXCHANGE,
    By,
    Move,
)
from products.stock import service as stock


def hold_replacement(order: Order, case: AftersalesCase) -> None:
    """Hold the pieces that will replace those of a case; raises StockShort.

    They are held under the case's own id, apart from what the order holds.
    """
    sku_id = line_of(order, case.order_line_id).sku_id
    stock.reserve(case.id, [stock.StockItem(order.cooperative_id, sku_id, case.quantity)])


def take_back(
    actor: Actor, case: AftersalesCase, order: Order, put_back: int, note: str | None
) -> None:
    """Take the goods of an exchange in; raises MoreBackThanSent."""
    if put_back > case.quantity:
        raise MoreBackThanSent
    move_case(
        actor, case, RECEIVE_FOR_EXCHANGE, By.COOPERATIVE, note=note, put_back_quantity=put_back
    )
    if put_back:
        put_pieces_back(actor, order, case, line_of(order, case.order_line_id))


def ship_replacement(
    actor: Actor, case: AftersalesCase, order: Order, courier_code: str, waybill_no: str
) -> None:
    """Hand the replacement to a courier; raises WaybillAlreadyUsed."""
    line = line_of(order, case.order_line_id)
    parcel_id = fulfilment.record_parcel(
        actor, order, courier_code, waybill_no, {line.id: case.quantity}, case_id=case.id
    )
    if order.pickup_point_id is not None:
        expect_replacement(get_of_order(order), case.id)
    stock.ship(
        case.id,
        [stock.StockItem(order.cooperative_id, line.sku_id, case.quantity)],
        actor=actor,
        cause_id=parcel_id,
    )


def finish_exchange(actor: Actor, case: AftersalesCase, order: Order, party: By) -> None:
    """End an exchange whose replacement its buyer has, or is taken to have."""
    move_case(actor, case, CONFIRM_REPLACEMENT, party, done_at=clock.now())
    give_claim_back(order, case)
    if order.pickup_point_id is not None:
        ended = CLOSE_PICKUP if party is By.CLOCK else CONFIRM_PICKUP
        move_pickups([order.id], ended, actor=actor, case_id=case.id)


def refund_instead(actor: Actor, case: AftersalesCase, order: Order, move: Move, party: By) -> None:
    """Refund a case whose goods are back or on their way back; a held replacement is freed.

    What was put on the shelf before stays counted; what nobody looked at is not put there.
    """
    require_start(case, move)
    if case.kind is CaseKind.EXCHANGE:
        stock.release(case.id)
    put_back = case.put_back_quantity
    book_refund(actor, case, order, move, party, put_back=put_back, already_back=bool(put_back))
