"""Ship, accept and complete orders; each step locks the order, so no two of them cross."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from flask import current_app
from sqlalchemy import insert, update
from sqlalchemy.dialects.postgresql import insert as insert_or_skip

from marketplace import audit, clock, jobs
from marketplace.database import db
from marketplace.identity.actor import SYSTEM, Actor
from marketplace.ids import new_id
from marketplace.outbox.kinds import EventKind
from marketplace.outbox.service import announce
from marketplace.permissions import Permission
from orders.aftersales import queries as aftersales_queries
from orders.cancellations import queries as cancellation_queries
from orders.cancellations.errors import CancellationPending
from orders.card_disputes.errors import GoodsChargedBack, ShippingDisputed
from orders.fulfilment import queries
from orders.fulfilment.errors import (
    LineNotInOrder,
    OrderNotShipped,
    RefundToAnswerFirst,
    ShipsMoreThanLeft,
    WaybillAlreadyUsed,
)
from orders.fulfilment.models import Parcel, ParcelLine
from orders.journal import service as journal
from orders.pickups.moving import move_pickups
from orders.receivables import service as receivables
from orders.settlements import recording
from orders.trades import queries as trade_queries
from orders.trades import service as trades
from orders.trades.errors import OrderStateForbids
from orders.trades.models import Order, OrderLine
from orders.trades.states import (
    ACCEPT_ORDER,
    CLOSE_PICKUP,
    COMPLETE_ORDER,
    CONFIRM_PICKUP,
    SHIP_PART,
    SHIP_REST,
)
from partners.credits import service as credit_service
from products.stock import service as stock

TRACK_JOB = "orders.track_parcel"


@dataclass(frozen=True, slots=True)
class ShipItem:
    """How many pieces of an order line go into a parcel."""

    order_line_id: uuid.UUID
    quantity: int


def ship_order(
    actor: Actor,
    order_id: uuid.UUID,
    *,
    courier_code: str,
    waybill_no: str,
    items: Sequence[ShipItem] | None = None,
) -> Order:
    """Hand a parcel of an order to a courier; without items, everything still to be shipped.

    The goods leave the stock. Raises WaybillAlreadyUsed, ShipsMoreThanLeft, LineNotInOrder,
    RefundToAnswerFirst, CancellationPending, ShippingDisputed,
    GoodsChargedBack, OrderStateForbids.
    """
    order = trade_queries.lock_order(order_id, trade_queries.sold_by(actor, Permission.ORDER_SHIP))
    if order.state not in SHIP_REST.sources:
        raise OrderStateForbids
    if cancellation_queries.find_asked(order) is not None:
        raise CancellationPending
    if queries.is_disputed(order):
        raise ShippingDisputed
    wanted = _wanted(order, items)
    # A refund releases what is not shipped yet; only a lost dispute leaves it waiting, paid by nobody.
    if any(0 < each.net_fen == each.refunded_fen for each in order.lines if each.id in wanted):
        raise GoodsChargedBack
    if aftersales_queries.is_applied_for(order, wanted.keys()):
        raise RefundToAnswerFirst
    parcel_id = record_parcel(actor, order, courier_code, waybill_no, wanted)
    for line_id, quantity in sorted(wanted.items()):
        _take_from_line(order, line_id, quantity)
    by_line = {line.id: line for line in order.lines}
    stock.ship(
        order.id,
        [
            stock.StockItem(order.cooperative_id, by_line[line_id].sku_id, quantity)
            for line_id, quantity in wanted.items()
        ],
        actor=actor,
        cause_id=parcel_id,
    )
    trades.forget(OrderLine)
    _tell_of_parcel(actor, order, parcel_id, courier_code, sum(wanted.values()))
    finish_shipping(actor, order)
    return order


def _tell_of_parcel(
    actor: Actor, order: Order, parcel_id: uuid.UUID, courier_code: str, pieces: int
) -> None:
    audit.record(
        "parcel.shipped",
        "order",
        order.id,
        actor=actor,
        after={"courier_code": courier_code, "pieces": pieces},
    )
    announce(
        EventKind.PARCEL_SHIPPED,
        subject_id=parcel_id,
        account_id=order.account_id,
        cooperative_id=order.cooperative_id,
        buying_unit_id=order.buying_unit_id,
        facts={
            "order_id": order.id,
            "courier_code": courier_code,
            "pieces": pieces,
        },
    )


def to_ship(line: OrderLine) -> int:
    """Return how many pieces of a line are still to be shipped."""
    return line.quantity - line.shipped_quantity - line.released_quantity


def _wanted(order: Order, items: Sequence[ShipItem] | None) -> dict[uuid.UUID, int]:
    if items is None:
        return {line.id: left for line in order.lines if (left := to_ship(line)) > 0}
    by_id = {line.id: line for line in order.lines}
    wanted: dict[uuid.UUID, int] = {}
    for item in items:
        if item.order_line_id not in by_id:
            raise LineNotInOrder
        wanted[item.order_line_id] = wanted.get(item.order_line_id, 0) + item.quantity
    for line_id, quantity in wanted.items():
        if quantity > (left := to_ship(by_id[line_id])):
            raise ShipsMoreThanLeft(left=left)
    return wanted


def record_parcel(
    actor: Actor,
    order: Order,
    courier_code: str,
    waybill_no: str,
    wanted: dict[uuid.UUID, int],
    *,
    case_id: uuid.UUID | None = None,
) -> uuid.UUID:
    """Write a parcel and what is in it; ``case_id`` is the exchange whose replacement it holds.

    Raises WaybillAlreadyUsed.
    """
    parcel_id = new_id()
    parcel = (
        insert_or_skip(Parcel)
        .values(
            id=parcel_id,
            cooperative_id=order.cooperative_id,
            order_id=order.id,
            courier_code=courier_code,
            waybill_no=waybill_no,
            shipped_at=clock.now(),
            shipped_by=actor.id,
            case_id=case_id,
        )
        .on_conflict_do_nothing()
        .returning(Parcel.id)
    )
    if db.session.execute(parcel).first() is None:
        raise WaybillAlreadyUsed
    db.session.execute(
        insert(ParcelLine),
        [
            {
                "cooperative_id": order.cooperative_id,
                "parcel_id": parcel_id,
                "order_line_id": line_id,
                "quantity": quantity,
            }
            for line_id, quantity in sorted(wanted.items())
        ],
    )
    if current_app.config["SETTINGS"].kuaidi100_key:
        jobs.enqueue(jobs.queue.tasks[TRACK_JOB], parcel_id=str(parcel_id))
    return parcel_id


def _take_from_line(order: Order, line_id: uuid.UUID, quantity: int) -> None:
    shipped = OrderLine.shipped_quantity + quantity
    taken = db.session.execute(
        update(OrderLine)
        .where(
            OrderLine.cooperative_id == order.cooperative_id,
            OrderLine.id == line_id,
            shipped + OrderLine.released_quantity <= OrderLine.quantity,
        )
        .values(shipped_quantity=shipped)
        .returning(OrderLine.id)
        .execution_options(synchronize_session=False)
    ).first()
    if taken is None:
        raise ShipsMoreThanLeft(left=0)


def finish_shipping(actor: Actor, order: Order) -> None:
    """Move a locked order to the state that its lines say: all on the way, or a part."""
    lines = trade_queries.list_lines([order.id])
    if any(to_ship(line) for line in lines):
        if not trades.move_order(order, SHIP_PART, actor=actor):
            raise OrderStateForbids
    else:
        _end_shipping(actor, order)


def call_rest_off(actor: Actor, order: Order) -> None:
    """End the shipping of a locked order whose rest never goes: it was shipped with its last parcel.

    The buyer's days to accept begin now, when it is known that nothing else will come.
    """
    _end_shipping(actor, order, queries.last_shipped_at(order))


def _end_shipping(actor: Actor, order: Order, shipped_at: datetime | None = None) -> None:
    now = clock.now()
    days = current_app.config["SETTINGS"].accept_automatically_days
    moved = trades.move_order(
        order,
        SHIP_REST,
        actor=actor,
        shipped_at=shipped_at or now,
        accept_due_at=now + timedelta(days=days),
    )
    if not moved:
        raise OrderStateForbids


def accept_order(actor: Actor, order_id: uuid.UUID) -> Order:
    """Accept the goods of an order as its buyer; the after-sales window begins."""
    order = trade_queries.lock_order(
        order_id, trade_queries.bought_by(actor, Permission.ORDER_ACCEPT)
    )
    if not _accept(actor, order):
        raise OrderNotShipped
    if order.pickup_point_id is not None:
        move_pickups([order.id], CONFIRM_PICKUP, actor=actor)
    return order


def accept_at_point(actor: Actor, order: Order) -> None:
    """Accept a locked order that its buyer collects: the keeper had the code only the buyer has."""
    if not _accept(actor, order):
        raise OrderNotShipped


def accept_emptied(actor: Actor, order: Order) -> None:
    """End the wait for a locked order all of whose goods went back, though not all of its money.

    What the cooperative keeps, freight above all, takes the usual way to its statement.
    """
    if not _accept(actor, order):
        raise OrderNotShipped
    if order.pickup_point_id is not None:
        move_pickups([order.id], CLOSE_PICKUP, actor=actor)


def _accept(actor: Actor, order: Order) -> bool:
    now = clock.now()
    days = current_app.config["SETTINGS"].after_sales_window_days
    moved = trades.move_order(
        order,
        ACCEPT_ORDER,
        actor=actor,
        accepted_at=now,
        window_closes_at=now + timedelta(days=days),
    )
    if moved and order.goods_first:
        trades.count_accepted(order)
        receivables.make_due(order)
    return moved


def accept_order_automatically(order_id: uuid.UUID) -> bool:
    """Accept an order whose days to accept are over; does nothing unless that still holds."""
    order = trade_queries.lock_order(order_id)
    due = order.accept_due_at
    if due is None or due > clock.now() or queries.is_unsettled(order):
        return False
    is_accepted = _accept(SYSTEM, order)
    if is_accepted and order.pickup_point_id is not None:
        move_pickups([order.id], CLOSE_PICKUP, actor=SYSTEM)
    return is_accepted


def complete_order(order_id: uuid.UUID) -> bool:
    """Complete an accepted order whose window has closed: its credits are confirmed, and what
    remains after refunds becomes payable to the cooperative. Does nothing unless it is due.
    """
    order = trade_queries.lock_order(order_id)
    closes = order.window_closes_at
    if closes is None or closes > clock.now() or queries.is_unsettled(order):
        return False
    if queries.is_disputed(order):
        # Whose the money is, the buyer's bank has yet to say.
        return False
    if order.money_at is None and order.debt_written_off_at is None:
        # Goods that came first: what nobody has paid is neither confirmed nor payable, unless the
        # platform gave the debt up, took its credit back, and bears it.
        return False
    if not trades.move_order(order, COMPLETE_ORDER, actor=SYSTEM, completed_at=clock.now()):
        return False
    credit_service.confirm_sales(
        cooperative_id=order.cooperative_id,
        line_ids=[line.id for line in order.lines],
        cause_id=order.id,
    )
    journal.post_orders_completed(
        [
            journal.CompletedOrder(
                order_id=order.id,
                cooperative_id=order.cooperative_id,
                fee_fen=recording.fee_of_lines(order.lines),
            )
        ]
    )
    recording.record_completed(order)
    return True
