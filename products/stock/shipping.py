"""Take the goods of many parcels off the shelf at once: counters summed by SKU, a move a parcel."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from marketplace import clock
from marketplace.identity.actor import Actor
from marketplace.ids import new_id
from marketplace.statements import fetch_one
from products.stock import queries
from products.stock.errors import ReservationShort
from products.stock.models import StockMoveKind


@dataclass(frozen=True, slots=True, kw_only=True)
class Shipment:
    """So many pieces of a SKU that go out for an order in a parcel."""

    cooperative_id: uuid.UUID
    sku_id: uuid.UUID
    order_id: uuid.UUID
    parcel_id: uuid.UUID
    quantity: int


# As in the service: SKUs are locked in id order, and each row is judged as it stands after any wait.
_SHIP = f"""
WITH going AS (
    SELECT cooperative_id, sku_id, order_id, parcel_id, sum(quantity)::bigint AS quantity
    FROM unnest(
        CAST(%(cooperative_ids)s AS uuid[]), CAST(%(sku_ids)s AS uuid[]),
        CAST(%(order_ids)s AS uuid[]), CAST(%(parcel_ids)s AS uuid[]),
        CAST(%(quantities)s AS bigint[])
    ) AS g(cooperative_id, sku_id, order_id, parcel_id, quantity)
    GROUP BY 1, 2, 3, 4
), by_order AS (
    SELECT cooperative_id, sku_id, order_id, sum(quantity) AS quantity FROM going GROUP BY 1, 2, 3
), by_sku AS (
    SELECT cooperative_id, sku_id, sum(quantity) AS quantity FROM going GROUP BY 1, 2
), given AS (
    UPDATE reservations r SET shipped_quantity = r.shipped_quantity + o.quantity
    FROM by_order o
    WHERE r.cooperative_id = o.cooperative_id AND r.sku_id = o.sku_id AND r.order_id = o.order_id
      AND r.shipped_quantity + r.released_quantity + o.quantity <= r.quantity
    RETURNING r.id
), locked AS MATERIALIZED (
    SELECT s.cooperative_id, s.id, b.quantity
    FROM skus s JOIN by_sku b ON s.cooperative_id = b.cooperative_id AND s.id = b.sku_id
    ORDER BY s.id
    FOR NO KEY UPDATE OF s
), taken AS (
    UPDATE skus s SET on_hand = s.on_hand - l.quantity, reserved = s.reserved - l.quantity
    FROM locked l
    WHERE s.cooperative_id = l.cooperative_id AND s.id = l.id
      AND s.on_hand >= l.quantity AND s.reserved >= l.quantity
    RETURNING s.id
), moved AS (
    INSERT INTO stock_moves (id, cooperative_id, sku_id, kind, quantity, cause_id, order_id,
                             moved_by, moved_at, note)
    SELECT i.id, g.cooperative_id, g.sku_id, '{StockMoveKind.SHIPPED}', -g.quantity, g.parcel_id,
           g.order_id, %(moved_by)s::uuid, %(at)s::timestamptz, NULL
    FROM (SELECT *, row_number() OVER () AS place FROM going) g
    JOIN unnest(CAST(%(row_ids)s AS uuid[])) WITH ORDINALITY AS i(id, place) USING (place)
)
SELECT (SELECT count(*) FROM by_order) - (SELECT count(*) FROM given) AS not_held,
       (SELECT count(*) FROM by_sku) - (SELECT count(*) FROM taken) AS not_there
"""  # noqa: S608 - our own kind


def ship_together(shipments: Sequence[Shipment], actor: Actor) -> None:
    """Ship all of it in one statement, or raise ReservationShort, which must undo the transaction.

    The orders are locked by the caller, as whoever ships locks them.
    """
    queries.lock_reservations(*{one.order_id for one in shipments})
    missing = fetch_one(
        _SHIP,
        {
            "cooperative_ids": [one.cooperative_id for one in shipments],
            "sku_ids": [one.sku_id for one in shipments],
            "order_ids": [one.order_id for one in shipments],
            "parcel_ids": [one.parcel_id for one in shipments],
            "quantities": [one.quantity for one in shipments],
            "row_ids": [new_id() for _ in shipments],
            "moved_by": actor.id,
            "at": clock.now(),
        },
    )
    if missing.not_held or missing.not_there:
        raise ReservationShort
