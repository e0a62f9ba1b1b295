"""Memberships: a role in one scope, granted and revoked by name; effective at the next request."""

import uuid
from collections.abc import Callable, Collection, Iterable, Mapping

from sqlalchemy.exc import IntegrityError

from marketplace import audit, clock
from marketplace.database import db
from marketplace.errors import NotFound
from marketplace.identity import queries
from marketplace.identity.accounts import ensure_phone_account
from marketplace.identity.actor import Actor, ScopeKind
from marketplace.identity.dormancy import shut_other_doors
from marketplace.identity.errors import (
    GrantNotAllowed,
    LastAdministrator,
    MembershipExists,
    ScopeMismatch,
    SelfGrantRefused,
)
from marketplace.identity.models import Membership
from marketplace.permissions import MAY_GRANT, SCOPE_OF_ROLE, Permission, Role

_GRANT = Permission.MEMBERSHIP_GRANT

# How each kind of scope tells whether an id exists: filled by the domains that own the rows.
_scope_checks: dict[ScopeKind, Callable[[uuid.UUID], bool]] = {}


# How each kind of scope is called, by id; filled likewise.
_scope_namers: dict[ScopeKind, Callable[[Collection[uuid.UUID]], Mapping[uuid.UUID, str]]] = {}


def name_scopes_with(
    kind: ScopeKind, find_names: Callable[[Collection[uuid.UUID]], Mapping[uuid.UUID, str]]
) -> None:
    """Register how a kind of scope tells the names of ids, all in one query."""
    _scope_namers[kind] = find_names


def find_scope_names(memberships: Iterable[Membership]) -> dict[uuid.UUID, str]:
    """Return the names of what memberships are of, by scope id: one query a kind."""
    ids: dict[ScopeKind, set[uuid.UUID]] = {}
    for one in memberships:
        if one.scope_id is not None:
            ids.setdefault(one.scope_kind, set()).add(one.scope_id)
    names: dict[uuid.UUID, str] = {}
    for kind, wanted in ids.items():
        if kind in _scope_namers:
            names |= _scope_namers[kind](wanted)
    return names


def name_scopes(kind: ScopeKind, ids: Collection[uuid.UUID]) -> Mapping[uuid.UUID, str]:
    """Return the names of scopes of one kind, by id."""
    return _scope_namers[kind](ids) if kind in _scope_namers else {}


def check_scopes_with(kind: ScopeKind, exists: Callable[[uuid.UUID], bool]) -> None:
    """Register how a kind of scope tells whether an id exists."""
    _scope_checks[kind] = exists


def grant_membership(
    actor: Actor,
    *,
    role: Role,
    scope_id: uuid.UUID | None,
    account_id: uuid.UUID | None = None,
    phone: str | None = None,
) -> Membership:
    """Give a role in a scope to an account, or to whoever holds a phone (made now if need be).

    Raises NotFound for a scope in which the actor grants nothing, GrantNotAllowed for a role
    that others grant, SelfGrantRefused, MembershipExists.
    """
    scope_kind = SCOPE_OF_ROLE[role]
    _require_grantable(actor, role, scope_kind, scope_id)
    _require_scope(scope_kind, scope_id)
    if phone is not None:
        account = ensure_phone_account(phone, actor=actor)
        # Meant is who holds the number, not who once did.
        shut_other_doors(account)
    elif account_id is not None:
        account = queries.get_account(account_id)
    else:
        raise NotFound
    if actor.account_id == account.id:
        raise SelfGrantRefused
    return give_membership(account_id=account.id, role=role, scope_id=scope_id, granted_by=actor)


def _require_grantable(
    actor: Actor, role: Role, scope_kind: ScopeKind, scope_id: uuid.UUID | None
) -> None:
    here = [
        grant
        for grant in actor.grants
        if MAY_GRANT.get(grant.role)
        and (
            grant.scope_kind is ScopeKind.PLATFORM
            or (grant.scope_kind is scope_kind and grant.scope_id == scope_id)
        )
    ]
    if not here:
        raise NotFound
    if not any(role in MAY_GRANT[grant.role] for grant in here):
        raise GrantNotAllowed
    if all(grant.scope_kind is ScopeKind.PLATFORM for grant in here):
        # Who can make an approver must not be less well proved than an approver.
        actor.require_step_up()


def _require_scope(scope_kind: ScopeKind, scope_id: uuid.UUID | None) -> None:
    """A platform administrator may name any scope, but it has to exist."""
    if (scope_id is None) != (scope_kind is ScopeKind.PLATFORM):
        raise ScopeMismatch(fields={"scope_id": ScopeMismatch.title})
    check = _scope_checks.get(scope_kind)
    if scope_id is not None and check is not None and not check(scope_id):
        raise NotFound


def give_membership(
    *, account_id: uuid.UUID, role: Role, scope_id: uuid.UUID | None, granted_by: Actor
) -> Membership:
    """Write a membership that the caller has the right to give (an approved application, a command).

    Raises MembershipExists when the account holds the role there already.
    """
    membership = Membership(
        account_id=account_id,
        role=role,
        scope_kind=SCOPE_OF_ROLE[role],
        scope_id=scope_id,
        granted_by=None if granted_by.id == account_id else granted_by.id,
        granted_at=clock.now(),
    )
    try:
        with db.session.begin_nested():
            db.session.add(membership)
            db.session.flush()
    except IntegrityError as error:
        raise MembershipExists from error
    audit.record(
        "membership.grant",
        "membership",
        membership.id,
        actor=granted_by,
        after={"account_id": str(account_id), "role": role, "scope_id": _text(scope_id)},
    )
    return membership


def revoke_membership(actor: Actor, membership_id: uuid.UUID) -> None:
    """End a membership; its bearer's next request no longer has the role."""
    # Locked before the row itself: of two administrators who put each other out, one stays.
    administrators = queries.list_administrators() if actor.is_platform(_GRANT) else []
    membership = queries.lock_membership(actor, membership_id)
    if membership.account_id == actor.account_id:
        raise SelfGrantRefused
    _require_grantable(actor, membership.role, membership.scope_kind, membership.scope_id)
    if [a.id for a in administrators] == [membership.id]:
        raise LastAdministrator
    membership.revoked_at = clock.now()
    membership.revoked_by = actor.account_id
    db.session.flush()
    audit.record(
        "membership.revoke",
        "membership",
        membership.id,
        actor=actor,
        before={"account_id": str(membership.account_id), "role": membership.role,
                "scope_id": _text(membership.scope_id)},
    )  # fmt: skip


def _text(scope_id: uuid.UUID | None) -> str | None:
    return None if scope_id is None else str(scope_id)
