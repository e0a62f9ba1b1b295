"""A pick-up as its keeper may see it: enough to find the parcel and the person, and no more."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from orders.checkout.service import Recipient
from orders.fulfilment.models import Parcel
from orders.fulfilment.queries import list_parcels
from orders.pickups.models import Pickup
from orders.trades.models import Order
from orders.trades.queries import list_orders
from orders.trades.states import PICKUP_MOVES, PICKUP_TITLES, By, OrderState, PickupState


@dataclass(frozen=True, slots=True)
class KeptOrder:
    """An order at a point before its keeper's eyes: without goods, street or whole telephone."""

    pickup: Pickup
    order: Order
    parcels: Sequence[Parcel]
    person: Recipient

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
        return self.order.state is OrderState.SHIPPED

    @property
    def actions(self) -> list[str]:
        """What the keeper may do now; arrival waits until the cooperative has sent everything."""
        return [
            move.name
            for move in PICKUP_MOVES
            if By.KEEPER in move.by
            and self.pickup.state in move.sources
            and (self.pickup.state is not PickupState.AWAITING or self.is_complete)
        ]


def show_kept(pickups: Sequence[Pickup]) -> list[KeptOrder]:
    """Return pick-ups with what their keeper needs; two selects for any number."""
    ids = [one.order_id for one in pickups]
    orders = {order.id: order for order in list_orders(ids)}
    parcels: dict[uuid.UUID, list[Parcel]] = {}
    for parcel in list_parcels(ids):
        parcels.setdefault(parcel.order_id, []).append(parcel)
    return [
        KeptOrder(
            one,
            orders[one.order_id],
            parcels.get(one.order_id, []),
            Recipient.unseal(orders[one.order_id].ship_to),
        )
        for one in pickups
    ]
