"""What is known of the orders and numbers in a table of waybills: a few selects for all of it."""

import uuid
from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import selectinload

from marketplace.database import db
from orders.aftersales.models import AftersalesCase, CaseKind
from orders.cancellations.queries import order_ids_asked
from orders.card_disputes.queries import is_order_disputed
from orders.fulfilment.models import Parcel
from orders.trades.models import Order
from orders.trades.states import UNDECIDED


@dataclass(frozen=True, slots=True)
class Known:
    """The cooperatives' orders by number, the parcels under the numbers, and what forbids shipping."""

    orders: dict[str, Order]
    parcels: dict[tuple[uuid.UUID, str, str], uuid.UUID]
    numbers: dict[uuid.UUID, str]
    asked_to_cancel: frozenset[uuid.UUID]
    disputed: frozenset[uuid.UUID]
    # Lines whose money is asked back and not decided on.
    applied_for: frozenset[uuid.UUID]


def load_known(
    cooperative_ids: Collection[uuid.UUID],
    order_nos: Collection[str],
    waybill_nos: Collection[str],
) -> Known:
    """Return what is known now; nothing is locked."""
    own = Order.cooperative_id.in_(cooperative_ids)
    orders = db.session.scalars(
        select(Order).where(own, Order.order_no.in_(order_nos)).options(selectinload(Order.lines))
    ).all()
    ids = [order.id for order in orders]
    parcels = db.session.execute(
        select(Parcel.cooperative_id, Parcel.courier_code, Parcel.waybill_no, Parcel.order_id,
               Order.order_no)
        .join(Order, (Order.cooperative_id == Parcel.cooperative_id) & (Order.id == Parcel.order_id))
        .where(Parcel.cooperative_id.in_(cooperative_ids), Parcel.waybill_no.in_(waybill_nos))
    ).all()  # fmt: skip
    asked = db.session.scalars(
        select(Order.id).where(own, Order.id.in_(ids), Order.id.in_(order_ids_asked()))
    )
    applied = db.session.scalars(
        select(AftersalesCase.order_line_id).where(
            AftersalesCase.cooperative_id.in_(cooperative_ids),
            AftersalesCase.order_id.in_(ids),
            AftersalesCase.kind == CaseKind.REFUND_ONLY,
            AftersalesCase.state.in_(sorted(UNDECIDED)),
        )
    )
    disputed = db.session.scalars(select(Order.id).where(Order.id.in_(ids), is_order_disputed()))
    return Known(
        {order.order_no: order for order in orders},
        {(row.cooperative_id, row.courier_code, row.waybill_no): row.order_id for row in parcels},
        {row.order_id: row.order_no for row in parcels},
        frozenset(asked),
        frozenset(disputed),
        frozenset(applied),
    )
