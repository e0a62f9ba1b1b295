"""A pick-up as its keeper may see it: enough to find the parcel and the person, and no more."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from orders.checkout.service import Recipient
from orders.fulfilment.models import Parcel
from orders.fulfilment.queries import list_parcels
from orders.pickups.models import Pickup, PickupParcel
from orders.pickups.queries import list_parcels_of
from orders.trades.models import Order
from orders.trades.queries import list_orders
from orders.trades.states import ARRIVE_PICKUP, COLLECT_PICKUP, PICKUP_TITLES, OrderState


@dataclass(frozen=True, slots=True)
class KeptParcel:
    """A parcel by its number, and whether it is at the point."""

    parcel: Parcel
    row: PickupParcel | None

    @property
    def id(self) -> uuid.UUID:
        return self.parcel.id

    @property
    def courier_code(self) -> str:
        return self.parcel.courier_code

    @property
    def waybill_no(self) -> str:
        return self.parcel.waybill_no

    @property
    def arrived_at(self) -> datetime | None:
        return None if self.row is None else self.row.arrived_at

    @property
    def left_at(self) -> datetime | None:
        return None if self.row is None else self.row.left_at


@dataclass(frozen=True, slots=True)
class KeptOrder:
    """An order, or a replacement, before its keeper's eyes: without goods, street or whole telephone."""

    pickup: Pickup
    order: Order
    parcels: Sequence[KeptParcel]
    person: Recipient

    @property
    def is_replacement(self) -> bool:
        return self.pickup.case_id is not None

    @property
    def order_no(self) -> str:
        return self.order.order_no

    @property
    def cooperative_name(self) -> str:
        return self.order.cooperative_name

    @property
    def collector(self) -> str:
        """The collector's family name: 张**."""
        name = self.person.name
        return name[:1] + "*" * (len(name) - 1)

    @property
    def phone_end(self) -> str:
        return self.person.phone[-4:]

    @property
    def state_title(self) -> str:
        return str(PICKUP_TITLES[self.pickup.state])

    @property
    def is_complete(self) -> bool:
        return self.is_replacement or self.order.state is OrderState.SHIPPED

    @property
    def actions(self) -> list[str]:
        """What the keeper may do now: mark what has come, hand out what lies there."""
        is_coming = any(each.row is None for each in self.parcels)
        state = self.pickup.state
        offers = (
            (ARRIVE_PICKUP, is_coming and state in ARRIVE_PICKUP.sources),
            (COLLECT_PICKUP, state in COLLECT_PICKUP.sources),
        )
        return [move.name for move, is_offered in offers if is_offered]


def show_kept(pickups: Sequence[Pickup]) -> list[KeptOrder]:
    """Return pick-ups with what their keeper needs; three selects for any number."""
    ids = {one.order_id for one in pickups}
    orders = {order.id: order for order in list_orders(ids)}
    sent = list_parcels(ids)
    kept = list_parcels_of([parcel.id for parcel in sent])
    parcels: dict[tuple[uuid.UUID, uuid.UUID | None], list[KeptParcel]] = {}
    for parcel in sent:
        of = parcels.setdefault((parcel.order_id, parcel.case_id), [])
        of.append(KeptParcel(parcel, kept.get(parcel.id)))
    return [
        KeptOrder(
            one,
            orders[one.order_id],
            parcels.get((one.order_id, one.case_id), []),
            Recipient.unseal(orders[one.order_id].ship_to),
        )
        for one in pickups
    ]
