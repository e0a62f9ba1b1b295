"""What somebody sees of oneself: account, roles and what they allow, sessions."""

import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from marketplace import clock
from marketplace.cursors import Page, paginate
from marketplace.identity import queries
from marketplace.identity.actor import STEP_UP_GOOD_FOR, Actor
from marketplace.identity.models import Account, Membership
from marketplace.identity.sessions import is_fresh
from marketplace.permissions import Permission, ScopeKind


@dataclass(frozen=True, slots=True)
class Me:
    """Oneself, as the API and the account page show it."""

    account: Account
    memberships: list[Membership]
    permissions: list[str]
    stepped_up_until: datetime | None


def get_me(actor: Actor) -> Me:
    """Return the actor's own account, roles, and what they allow."""
    until = None
    if actor.stepped_up_at is not None and is_fresh(actor.stepped_up_at):
        until = actor.stepped_up_at + STEP_UP_GOOD_FOR
    return Me(
        account=queries.get_account(actor.account_id),
        memberships=queries.list_memberships_of(actor.account_id),
        permissions=sorted(str(p) for p in Permission if actor.can(p)),
        stepped_up_until=until,
    )


def list_my_sessions(actor: Actor) -> dict[str, Any]:
    """Return the actor's own live sessions and which of them asks."""
    items = queries.list_sessions(actor, clock.now())
    return {"items": items, "current_id": actor.session_id}


def list_memberships(
    actor: Actor,
    *,
    scope_kind: ScopeKind | None,
    scope_id: uuid.UUID | None,
    limit: int,
    after: str | None,
) -> Page[Membership]:
    """Return a page of the live memberships that the actor may see, newest first."""
    statement = queries.live_memberships(actor, scope_kind, scope_id)
    keys: Any = [(Membership.granted_at, "desc"), (Membership.id, "desc")]
    return paginate(statement, keys, limit, after)
