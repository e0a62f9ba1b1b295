"""Whose orders somebody packs."""

import uuid

from marketplace.identity.actor import Actor, ScopeKind
from marketplace.permissions import Permission
from orders.trades.errors import OrderNotFound


def require_shipping(actor: Actor, cooperative_id: uuid.UUID) -> None:
    """Raise a 404 unless the actor ships for a cooperative."""
    if cooperative_id not in actor.scopes(Permission.ORDER_SHIP, ScopeKind.COOPERATIVE):
        raise OrderNotFound
