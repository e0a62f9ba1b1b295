"""The actor: who is calling, resolved once per request and passed to services explicitly."""

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from flask import g, has_request_context

from marketplace import clock
from marketplace.errors import Unauthenticated
from marketplace.identity.errors import StepUpRequired, TotpNotEnrolled
from marketplace.permissions import ROLE_PERMISSIONS, Permission, Role, ScopeKind

__all__ = [
    "ANONYMOUS",
    "STEP_UP_GOOD_FOR",
    "SYSTEM",
    "Actor",
    "Grant",
    "ScopeKind",
    "current_actor",
    "resolve_with",
]


# How long a second factor, once shown, opens what needs it.
STEP_UP_GOOD_FOR = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Grant:
    """One live membership: a role in one scope (None for the whole platform)."""

    role: Role
    scope_kind: ScopeKind
    scope_id: uuid.UUID | None


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts, and as what. An anonymous actor has no account."""

    id: uuid.UUID | None = None
    grants: tuple[Grant, ...] = ()
    session_id: uuid.UUID | None = None
    stepped_up_at: datetime | None = None
    has_totp: bool = False

    @property
    def is_anonymous(self) -> bool:
        return self.id is None

    @property
    def account_id(self) -> uuid.UUID:
        """The account's id; raises Unauthenticated for an anonymous actor."""
        if self.id is None:
            raise Unauthenticated
        return self.id

    def can(self, permission: Permission) -> bool:
        """Tell whether any role of this actor holds the permission."""
        if permission is Permission.PUBLIC:
            return True
        if self.id is None:
            return False
        if permission in ROLE_PERMISSIONS[Role.SHOPPER]:
            return True
        return any(permission in ROLE_PERMISSIONS[grant.role] for grant in self.grants)

    def scopes(self, permission: Permission, kind: ScopeKind) -> frozenset[uuid.UUID]:
        """Return the ids of the scopes of one kind in which the actor holds the permission."""
        return frozenset(
            grant.scope_id
            for grant in self.grants
            if grant.scope_kind is kind
            and grant.scope_id is not None
            and permission in ROLE_PERMISSIONS[grant.role]
        )

    def is_platform(self, permission: Permission) -> bool:
        """Tell whether the actor holds the permission over every row (auditor, platform admin)."""
        return any(
            grant.scope_kind is ScopeKind.PLATFORM and permission in ROLE_PERMISSIONS[grant.role]
            for grant in self.grants
        )

    def require_step_up(self) -> None:
        """Raise TotpNotEnrolled or StepUpRequired unless a second factor was shown just now."""
        if not self.has_totp:
            raise TotpNotEnrolled
        if self.stepped_up_at is None or clock.now() >= self.stepped_up_at + STEP_UP_GOOD_FOR:
            raise StepUpRequired


ANONYMOUS = Actor()
# What jobs and commands act as; its doings are audited under the name "system".
SYSTEM = Actor()

_resolvers: list[Callable[[], Actor | None]] = []


def resolve_with(resolver: Callable[[], Actor | None]) -> Callable[[], Actor | None]:
    """Register how a request tells who is calling (bearer token, page session)."""
    if resolver not in _resolvers:
        _resolvers.append(resolver)
    return resolver


def current_actor() -> Actor:
    """Return who makes this request; ANONYMOUS when nobody is signed in, SYSTEM outside requests."""
    if not has_request_context():
        return SYSTEM
    actor: Actor | None = g.get("actor")
    if actor is None:
        actor = next((found for r in _resolvers if (found := r()) is not None), ANONYMOUS)
        g.actor = actor
    return actor
