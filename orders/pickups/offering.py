"""A pick-up point as part of a purchase: open to the buyer, and on each cooperative's terms."""

import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

import orjson
from sqlalchemy import select

from marketplace import clock
from marketplace.database import db
from marketplace.ids import new_id
from marketplace.statements import Part, count_of
from orders.pickups.models import PickupRule, PickupTerms
from orders.trades.states import PickupState
from partners.pickup_points import queries
from partners.pickup_points.errors import PickupPointUnavailable
from partners.pickup_points.models import PickupPoint


@dataclass(frozen=True, slots=True)
class OfferedPoint:
    """A point that takes this buyer's orders; who sends there free of freight, and who not at all."""

    point: PickupPoint
    free: frozenset[uuid.UUID]
    refusing: frozenset[uuid.UUID]


def offer_point(point_id: uuid.UUID, unit_ids: Collection[uuid.UUID]) -> OfferedPoint:
    """Return a point with the cooperatives' terms; raises PickupPointUnavailable."""
    point = queries.find_open(point_id, unit_ids)
    if point is None:
        raise PickupPointUnavailable
    said = db.session.execute(
        select(PickupTerms.cooperative_id, PickupTerms.rule).where(
            PickupTerms.pickup_point_id == point_id
        )
    ).all()
    free = frozenset(row.cooperative_id for row in said if row.rule is PickupRule.FREE)
    refusing = frozenset(row.cooperative_id for row in said if row.rule is PickupRule.NOT_SERVED)
    return OfferedPoint(point, free, refusing)


def address_of(point: PickupPoint) -> str:
    """Return a point as the street of an address: what stands on labels and waybills."""
    return f"{point.address} {point.name}（自提点）"


_WRITTEN = """pickups_written AS (
    INSERT INTO pickups (id, cooperative_id, order_id, pickup_point_id, state, point_name,
        point_address, point_hours, changed_at)
    SELECT id, cooperative_id, order_id, pickup_point_id, state, point_name, point_address,
        point_hours, changed_at
    FROM jsonb_populate_recordset(NULL::pickups, CAST(%(pickups)s AS jsonb)) RETURNING id
)"""


def writing_pickups(point: PickupPoint, orders: Sequence[dict[str, Any]]) -> Part:
    """Return the writing of what orders are collected where, to be sent with the orders."""
    rows = [
        {
            "id": new_id(),
            "cooperative_id": order["cooperative_id"],
            "order_id": order["id"],
            "pickup_point_id": point.id,
            "state": PickupState.AWAITING,
            "point_name": point.name,
            "point_address": point.address,
            "point_hours": point.hours,
            "changed_at": clock.now(),
        }
        for order in orders
    ]
    return Part(_WRITTEN, {"pickups": orjson.dumps(rows).decode()}, count_of("pickups_written"))
