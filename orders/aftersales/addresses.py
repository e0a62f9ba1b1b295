"""Where goods are sent back to, as after-sales ask: the cooperative's own word, copied to each case."""

from uuid import UUID

from marketplace.identity.actor import Actor, ScopeKind
from marketplace.permissions import Permission
from orders.aftersales.errors import AftersalesCaseNotFound
from partners.return_addresses.service import (
    Consignee,
    find_return_address,
    keep_return_address,
    list_without,
)

__all__ = [
    "Consignee",
    "find_return_address",
    "list_unsaid",
    "require_answering",
    "set_return_address",
]


def require_answering(actor: Actor, cooperative_id: UUID) -> None:
    """Raise a 404 unless the actor answers after-sales for a cooperative."""
    if cooperative_id not in actor.scopes(Permission.AFTER_SALES_ANSWER, ScopeKind.COOPERATIVE):
        raise AftersalesCaseNotFound


def set_return_address(actor: Actor, cooperative_id: UUID, consignee: Consignee) -> None:
    """Say where goods are sent back to from now on; open cases keep the address they were told."""
    require_answering(actor, cooperative_id)
    keep_return_address(actor, cooperative_id, consignee)


def list_unsaid(actor: Actor) -> list[UUID]:
    """Return which of the actor's cooperatives have not said where goods go back to."""
    return list_without(actor.scopes(Permission.AFTER_SALES_ANSWER, ScopeKind.COOPERATIVE))
