"""Send the parcels of a table: many in one transaction; where that fails, each in one of its own.

So one at fault stops none. Begun again after a broken connection it goes on: what is recorded
already is known and left alone.
"""

import uuid
from collections.abc import Collection, Sequence

from marketplace.database import transaction
from marketplace.errors import Conflict, NotFound, Unprocessable
from marketplace.identity.actor import Actor
from orders.fulfilment.batches.checking import CheckedParcel, RowState, check_parcels
from orders.fulfilment.batches.reading import Entered
from orders.fulfilment.batches.shipping import send_together
from orders.fulfilment.errors import WaybillAlreadyUsed
from orders.fulfilment.service import ShipItem, ship_order

# Their orders, and what buyers want of the same goods, wait for no more than these at a time.
TOGETHER = 100


def send_parcels(
    actor: Actor, cooperative_ids: Collection[uuid.UUID], entered: Sequence[Entered]
) -> list[CheckedParcel]:
    """Record every parcel of a table that can be sent; return what became of each."""
    with transaction():
        parcels = check_parcels(cooperative_ids, entered)
    ready = [parcel for parcel in parcels if parcel.state is RowState.READY]
    for begin in range(0, len(ready), TOGETHER):
        _send_some(actor, cooperative_ids, ready[begin : begin + TOGETHER])
    return parcels


def _send_some(
    actor: Actor, cooperative_ids: Collection[uuid.UUID], parcels: Sequence[CheckedParcel]
) -> None:
    try:
        with transaction():
            sent = send_together(actor, cooperative_ids, parcels)
    except (Conflict, Unprocessable, NotFound):
        for parcel in parcels:
            _send(actor, cooperative_ids, parcel)
        return
    for parcel, again in zip(parcels, sent, strict=True):
        parcel.state, parcel.reasons = again.state, again.reasons


def _send(actor: Actor, cooperative_ids: Collection[uuid.UUID], parcel: CheckedParcel) -> None:
    assert parcel.order_id is not None  # noqa: S101 - a parcel without an order is not ready
    assert parcel.items is not None  # noqa: S101 - nor one without goods
    try:
        with transaction():
            ship_order(
                actor,
                parcel.order_id,
                courier_code=parcel.courier_code,
                waybill_no=parcel.waybill_no,
                items=[ShipItem(line_id, pieces) for line_id, pieces in parcel.items.items()],
            )
    except WaybillAlreadyUsed:
        # Somebody sent the same table at the same moment, or used the number elsewhere.
        with transaction():
            [again] = check_parcels(cooperative_ids, parcel.entered)
        parcel.state, parcel.reasons = again.state, again.reasons
    except (Conflict, Unprocessable, NotFound) as problem:
        parcel.refuse(problem.detail or problem.title)
    else:
        parcel.state = RowState.SHIPPED
