"""Ship the parcels of many orders in one pass: a few statements, however many parcels there are.

The rules are those of ``ship_order``, looked at again under the orders' locks; what comes out is
the same rows. Where anything is in the way the caller undoes it all and takes parcel by parcel.
"""

import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import timedelta

from flask import current_app
from sqlalchemy import insert
from sqlalchemy.dialects.postgresql import insert as insert_or_skip

from marketplace import audit, clock, jobs
from marketplace.database import db
from marketplace.identity.actor import Actor
from marketplace.ids import new_id
from marketplace.outbox.kinds import EventKind
from marketplace.outbox.service import Fact, announcement, announcing
from marketplace.permissions import Permission
from marketplace.statements import execute, write_together
from orders.fulfilment.batches.checking import CheckedParcel, RowState, check_parcels
from orders.fulfilment.errors import ShipsMoreThanLeft, WaybillAlreadyUsed
from orders.fulfilment.models import Parcel, ParcelLine
from orders.fulfilment.service import TRACK_JOB, to_ship
from orders.trades import queries as trade_queries
from orders.trades import service as trades
from orders.trades.errors import OrderStateForbids
from orders.trades.models import Order, OrderLine
from orders.trades.states import SHIP_PART, SHIP_REST
from products.stock.shipping import Shipment, ship_together

_TAKE_FROM_LINES = """
UPDATE order_lines l SET shipped_quantity = l.shipped_quantity + g.quantity
FROM unnest(
    CAST(%(cooperative_ids)s AS uuid[]), CAST(%(line_ids)s AS uuid[]), CAST(%(quantities)s AS bigint[])
) AS g(cooperative_id, line_id, quantity)
WHERE l.cooperative_id = g.cooperative_id AND l.id = g.line_id
  AND l.shipped_quantity + l.released_quantity + g.quantity <= l.quantity
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Going:
    """A parcel that goes, of which order, and how many pieces of which lines it holds."""

    id: uuid.UUID
    parcel: CheckedParcel
    order: Order
    items: dict[OrderLine, int]


def send_together(
    actor: Actor, cooperative_ids: Collection[uuid.UUID], parcels: Sequence[CheckedParcel]
) -> list[CheckedParcel]:
    """Record parcels that were found ready; return what became of each, in their order.

    Raises a problem, after which the transaction must be undone, when something else got hold of
    a number or of goods at the same moment.
    """
    order_ids = {parcel.order_id for parcel in parcels if parcel.order_id is not None}
    orders = trade_queries.lock_orders(
        order_ids, trade_queries.sold_by(actor, Permission.ORDER_SHIP)
    )
    again = check_parcels(cooperative_ids, [one for parcel in parcels for one in parcel.entered])
    going = [
        _going(orders[parcel.order_id], parcel)
        for parcel in again
        if parcel.state is RowState.READY and parcel.order_id in orders
    ]
    if going:
        _record(actor, going)
        _take(actor, going)
        _tell(actor, going)
        _move(actor, going)
        for one in going:
            one.parcel.state = RowState.SHIPPED
    return again


def _going(order: Order, parcel: CheckedParcel) -> _Going:
    lines = {line.id: line for line in order.lines}
    items = {lines[line_id]: pieces for line_id, pieces in (parcel.items or {}).items()}
    return _Going(id=new_id(), parcel=parcel, order=order, items=items)


def _record(actor: Actor, going: Sequence[_Going]) -> None:
    now = clock.now()
    recorded = db.session.scalars(
        insert_or_skip(Parcel)
        .values(
            [
                {
                    "id": one.id,
                    "cooperative_id": one.order.cooperative_id,
                    "order_id": one.order.id,
                    "courier_code": one.parcel.courier_code,
                    "waybill_no": one.parcel.waybill_no,
                    "shipped_at": now,
                    "shipped_by": actor.id,
                    "case_id": None,
                }
                for one in going
            ]
        )
        .on_conflict_do_nothing()
        .returning(Parcel.id)
    ).all()
    if len(recorded) < len(going):
        raise WaybillAlreadyUsed
    db.session.execute(
        insert(ParcelLine),
        [
            {
                "cooperative_id": line.cooperative_id,
                "parcel_id": one.id,
                "order_line_id": line.id,
                "quantity": pieces,
            }
            for one in going
            for line, pieces in sorted(one.items.items(), key=lambda item: item[0].position)
        ],
    )
    if current_app.config["SETTINGS"].kuaidi100_key:
        for one in going:
            jobs.enqueue(jobs.queue.tasks[TRACK_JOB], parcel_id=str(one.id))


def _take(actor: Actor, going: Sequence[_Going]) -> None:
    sums: dict[OrderLine, int] = {}
    for one in going:
        for line, pieces in one.items.items():
            sums[line] = sums.get(line, 0) + pieces
    taken = execute(
        _TAKE_FROM_LINES,
        {
            "cooperative_ids": [line.cooperative_id for line in sums],
            "line_ids": [line.id for line in sums],
            "quantities": list(sums.values()),
        },
    )
    if taken < len(sums):
        raise ShipsMoreThanLeft(left=0)
    ship_together(
        [
            Shipment(
                cooperative_id=line.cooperative_id,
                sku_id=line.sku_id,
                order_id=one.order.id,
                parcel_id=one.id,
                quantity=pieces,
            )
            for one in going
            for line, pieces in one.items.items()
        ],
        actor,
    )


def _tell(actor: Actor, going: Sequence[_Going]) -> None:
    entries, told = [], []
    for one in going:
        facts: dict[str, Fact] = {
            "courier_code": one.parcel.courier_code,
            "pieces": sum(one.items.values()),
        }
        entries.append(
            audit.entry("parcel.shipped", "order", one.order.id, actor=actor, after=facts)
        )
        told.append(
            announcement(
                EventKind.PARCEL_SHIPPED,
                subject_id=one.id,
                account_id=one.order.account_id,
                cooperative_id=one.order.cooperative_id,
                buying_unit_id=one.order.buying_unit_id,
                facts={"order_id": one.order.id, **facts},
            )
        )
    write_together(audit.writing(entries), announcing(told))


def _move(actor: Actor, going: Sequence[_Going]) -> None:
    """Move each order to the state that its lines say: all on the way, or a part."""
    now = clock.now()
    days = current_app.config["SETTINGS"].accept_automatically_days
    orders = {one.order.id: one.order for one in going}.values()
    trades.forget(OrderLine)
    trade_queries.list_lines([order.id for order in orders])
    part: list[Order] = []
    whole: list[Order] = []
    for order in orders:
        (part if any(to_ship(line) for line in order.lines) else whole).append(order)
    moved = trades.move_orders(part, SHIP_PART, actor=actor) + trades.move_orders(
        whole,
        SHIP_REST,
        actor=actor,
        shipped_at=now,
        accept_due_at=now + timedelta(days=days),
    )
    if moved < len(orders):
        raise OrderStateForbids
