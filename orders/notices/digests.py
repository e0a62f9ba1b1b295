"""New orders, summed up for each cooperative and told twice a day."""

import uuid
from collections.abc import Sequence

import orjson

from marketplace import clock
from marketplace.money import yuan
from marketplace.notices.service import Telling, tell
from marketplace.outbox.models import Event
from marketplace.statements import execute, fetch_all
from orders.notices import queries
from orders.notices.wording import say

# In the order of their keys, so that two rounds at once wait for each other and never block.
_ADD = """
INSERT INTO order_digests (cooperative_id, event_id, orders, total_fen, since_at)
SELECT cooperative_id, event_id, orders, total_fen, %(now)s
FROM jsonb_to_recordset(CAST(%(added)s AS jsonb))
    AS a(cooperative_id uuid, event_id uuid, orders bigint, total_fen bigint)
ORDER BY cooperative_id
ON CONFLICT (cooperative_id) DO UPDATE SET
    orders = order_digests.orders + excluded.orders,
    total_fen = order_digests.total_fen + excluded.total_fen
"""
_TAKE = """
WITH taken AS (
    DELETE FROM order_digests WHERE cooperative_id IN (
        SELECT cooperative_id FROM order_digests ORDER BY cooperative_id LIMIT 500 FOR UPDATE SKIP LOCKED)
    RETURNING cooperative_id, event_id, orders, total_fen
)
SELECT * FROM taken ORDER BY cooperative_id
"""


def add(events: Sequence[Event]) -> None:
    """Add paid orders to what their cooperatives are told next."""
    by_seller: dict[uuid.UUID, list[Event]] = {}
    for event in events:
        if event.cooperative_id is not None:
            by_seller.setdefault(event.cooperative_id, []).append(event)
    added = [
        {
            "cooperative_id": seller_id,
            "event_id": paid[0].id,
            "orders": len(paid),
            "total_fen": sum(int(event.facts["total_fen"]) for event in paid),
        }
        for seller_id, paid in by_seller.items()
    ]
    execute(_ADD, {"added": orjson.dumps(added).decode(), "now": clock.now()})


def send() -> int:
    """Tell cooperatives of the orders paid since they were last told; returns how many were told."""
    taken = fetch_all(_TAKE, {})
    sellers = queries.list_of_cooperative([row.cooperative_id for row in taken], queries.SELLERS)
    tell(
        [
            Telling(
                row.event_id,
                account_id,
                say(
                    "orders_paid", "/desk/orders", count=str(row.orders), amount=yuan(row.total_fen)
                ),
            )
            for row in taken
            for account_id in sellers.get(row.cooperative_id, [])
        ]
    )
    return len(taken)
