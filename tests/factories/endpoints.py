"""Endpoints of storefronts, registered past the look-up of their address."""

import uuid
from collections.abc import Collection

from marketplace.endpoints.models import Endpoint
from marketplace.endpoints.service import register_endpoint
from marketplace.identity.models import Account
from marketplace.outbox.kinds import EventKind
from marketplace.permissions import ScopeKind
from tests.factories.identity import actor_of


def make_endpoint(
    account: Account,
    scope_id: uuid.UUID | None,
    *,
    scope_kind: ScopeKind = ScopeKind.COOPERATIVE,
    url: str = "https://hooks.example.test/in",
    kinds: Collection[EventKind] = (EventKind.ORDER_PAID,),
) -> Endpoint:
    """Register an endpoint for what happens to a cooperative, a unit or everybody."""
    endpoint, _ = register_endpoint(
        actor_of(account),
        scope_kind=scope_kind,
        scope_id=scope_id,
        label="示例商城",
        url=url,
        kinds=kinds,
    )
    return endpoint
