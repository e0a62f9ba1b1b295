"""A purchase collected at a point: named by its id, its address copied onto the order."""

from typing import Any

from orders.pickups.offering import address_of
from partners.pickup_points.errors import PickupPointUnavailable
from partners.pickup_points.queries import find_point


def fill_in_pickup(command: dict[str, Any]) -> None:
    """Fill in the division of a command's ``pickup_point_id``, and who collects it as recipient.

    Raises PickupPointUnavailable. Reads nothing where no point is named.
    """
    collector = command.pop("collected_by", None)
    if command["pickup_point_id"] is None:
        return
    point = find_point(command["pickup_point_id"])
    if point is None:
        raise PickupPointUnavailable
    command["ship_to_code"] = point.region_code
    if collector is not None:
        command["ship_to"] = {**collector, "address": address_of(point)}
