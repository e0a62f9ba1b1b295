"""Send the parcels of a table: each in a transaction of its own, so that one at fault stops none.

Begun again after a broken connection it goes on: what is recorded already is known and left alone.
"""

import uuid
from collections.abc import Collection, Sequence

from marketplace.database import transaction
from marketplace.errors import Conflict, NotFound, Unprocessable
from marketplace.identity.actor import Actor
from orders.fulfilment.batches.checking import CheckedParcel, RowState, check_parcels
from orders.fulfilment.batches.reading import Entered
from orders.fulfilment.errors import WaybillAlreadyUsed
from orders.fulfilment.service import ShipItem, ship_order


def send_parcels(
    actor: Actor, cooperative_ids: Collection[uuid.UUID], entered: Sequence[Entered]
) -> list[CheckedParcel]:
    """Record every parcel of a table that can be sent; return what became of each."""
    with transaction():
        parcels = check_parcels(cooperative_ids, entered)
    for parcel in parcels:
        if parcel.state is RowState.READY:
            _send(actor, cooperative_ids, parcel)
    return parcels


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
        parcel.state, parcel.reason = again.state, again.reason
    except (Conflict, Unprocessable, NotFound) as problem:
        parcel.refuse(problem.detail or problem.title)
    else:
        parcel.state = RowState.SHIPPED
