"""What always holds of deliveries: each goes to somebody whom its event concerns, once."""

from marketplace.invariants import Invariant

INVARIANTS = (
    Invariant(
        "I6",
        "a delivery's event concerns its endpoint's owner",
        """
        SELECT d.id FROM webhook_deliveries d
        JOIN webhook_endpoints w ON w.id = d.endpoint_id
        JOIN events e ON e.id = d.event_id
        WHERE w.scope_kind = 'cooperative' AND e.cooperative_id IS DISTINCT FROM w.scope_id
           OR w.scope_kind = 'buying_unit' AND e.buying_unit_id IS DISTINCT FROM w.scope_id
        """,
    ),
)
