"""Parcels of orders as a reader may see them: what is in each, and where it is."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from orders.fulfilment import queries
from orders.fulfilment.models import Parcel, ParcelLine
from orders.pickups.models import PickupParcel
from orders.pickups.queries import list_parcels_of
from orders.tracking.models import TRACKING_TITLES, Tracking
from orders.tracking.queries import list_trackings
from orders.trades.models import Order, OrderLine
from orders.trades.queries import Standing


@dataclass(frozen=True, slots=True)
class ShownTracking:
    """Where a parcel is; its course may name people, so it is for the two sides of the sale only."""

    tracking: Tracking
    tells_course: bool

    @property
    def state_title(self) -> str:
        return str(TRACKING_TITLES[self.tracking.state])

    @property
    def course(self) -> list[dict[str, str]]:
        return self.tracking.course if self.tells_course else []


@dataclass(frozen=True, slots=True)
class Pieces:
    """So many pieces of an order line, as they lie in a parcel."""

    line: OrderLine
    quantity: int


@dataclass(frozen=True, slots=True)
class ShownParcel:
    """A parcel with what is in it."""

    parcel: Parcel
    pieces: Sequence[Pieces]
    tracking: ShownTracking | None = None
    kept: PickupParcel | None = None

    @property
    def arrived_at(self) -> datetime | None:
        """Since when it is at the pick-up point."""
        return None if self.kept is None else self.kept.arrived_at

    @property
    def left_at(self) -> datetime | None:
        """When it was handed out there, or went back."""
        return None if self.kept is None else self.kept.left_at


def show_parcels(
    orders: Sequence[Order], standings: Mapping[uuid.UUID, Standing]
) -> dict[uuid.UUID, list[ShownParcel]]:
    """Return the parcels by order, first shipped first; ``standings`` is how each order is read."""
    parcels = queries.list_parcels([order.id for order in orders])
    ids = [parcel.id for parcel in parcels]
    held: dict[uuid.UUID, list[ParcelLine]] = {}
    for one in queries.list_parcel_lines(ids):
        held.setdefault(one.parcel_id, []).append(one)
    trackings = list_trackings(ids)
    collected = {order.id for order in orders if order.pickup_point_id is not None}
    kept = list_parcels_of([each.id for each in parcels if each.order_id in collected])
    agreed = {line.id: line for order in orders for line in order.lines}
    shown: dict[uuid.UUID, list[ShownParcel]] = {}
    for parcel in parcels:
        pieces = [
            Pieces(agreed[one.order_line_id], one.quantity) for one in held.get(parcel.id, ())
        ]
        tracking = trackings.get(parcel.id)
        tells = standings[parcel.order_id] is not Standing.OVERSEER
        shown.setdefault(parcel.order_id, []).append(
            ShownParcel(
                parcel,
                pieces,
                ShownTracking(tracking, tells) if tracking else None,
                kept.get(parcel.id),
            )
        )
    return shown
