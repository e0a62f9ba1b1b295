"""Sessions: opaque tokens, hashed at rest, that end by sign-out, revocation, idleness and age."""

import uuid
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import update

from marketplace import audit, clock, secrets
from marketplace.database import db
from marketplace.identity import queries
from marketplace.identity.actor import STEP_UP_GOOD_FOR, Actor, Grant, ScopeKind
from marketplace.identity.errors import FreshSignInRequired
from marketplace.identity.models import Account, Session, SessionKind
from marketplace.permissions import Role

TOUCHED_EVERY = timedelta(minutes=5)
USER_AGENT_LENGTH = 200


@dataclass(frozen=True, slots=True)
class Lifetime:
    """How long a session lasts without use, and at most."""

    idle: timedelta
    absolute: timedelta


# Shoppers keep their own phones; sellers and buyers act for others; offices share desks and decide.
SHOPPER_LIFETIME = Lifetime(idle=timedelta(days=14), absolute=timedelta(days=60))
TRADE_LIFETIME = Lifetime(idle=timedelta(days=1), absolute=timedelta(days=7))
STAFF_LIFETIME = Lifetime(idle=timedelta(hours=1), absolute=timedelta(hours=12))
_DECIDES = frozenset({ScopeKind.OFFICE, ScopeKind.PLATFORM})


@dataclass(frozen=True, slots=True)
class OpenedSession:
    """A new session with its token, which is known here and to its bearer only."""

    session: Session
    token: str = field(repr=False)
    language: str


@dataclass(frozen=True, slots=True)
class Resolved:
    """Who a token belongs to, and whether its use should be noted."""

    actor: Actor
    is_stale: bool


def lifetime_of(scope_kinds: Collection[ScopeKind], *, has_password: bool = False) -> Lifetime:
    """Return how long somebody with roles in such scopes stays signed in: the shortest counts."""
    if has_password or _DECIDES.intersection(scope_kinds):
        return STAFF_LIFETIME
    return TRADE_LIFETIME if scope_kinds else SHOPPER_LIFETIME


def open_session(
    account: Account, kind: SessionKind, *, user_agent: str = "", stepped_up: bool = False
) -> OpenedSession:
    """Open a session under a new token; ``stepped_up``: a second factor was just shown."""
    now, token = clock.now(), secrets.token()
    lifetime = lifetime_of(
        [membership.scope_kind for membership in queries.list_memberships_of(account.id)],
        has_password=account.password_hash is not None,
    )
    session = Session(
        account_id=account.id,
        kind=kind,
        token_digest=secrets.digest(token),
        idle_seconds=int(lifetime.idle.total_seconds()),
        created_at=now,
        last_used_at=now,
        expires_at=now + lifetime.absolute,
        stepped_up_at=now if stepped_up else None,
        user_agent=user_agent[:USER_AGENT_LENGTH],
    )
    db.session.add(session)
    db.session.flush()
    return OpenedSession(session, token, account.language)


def resolve(token: str, kind: SessionKind) -> Resolved | None:
    """Return who holds a token, in one query; None when it opens nothing (any more)."""
    now = clock.now()
    rows = queries.list_session_rows(secrets.digest(token), kind, now)
    if not rows:
        return None
    first = rows[0]
    grants = tuple(
        Grant(Role(row.role), ScopeKind(row.scope_kind), row.scope_id)
        for row in rows
        if row.role is not None
    )
    # A role given after the sign-in shortens the session that it came to.
    lifetime = lifetime_of([grant.scope_kind for grant in grants])
    if now >= min(first.last_used_at + lifetime.idle, first.created_at + lifetime.absolute):
        return None
    actor = Actor(
        id=first.account_id,
        grants=grants,
        session_id=first.session_id,
        stepped_up_at=first.stepped_up_at,
        has_totp=first.has_totp,
    )
    return Resolved(actor, is_stale=first.last_used_at <= now - TOUCHED_EVERY)


def touch_session(session_id: uuid.UUID) -> None:
    """Note that a session is in use."""
    now = clock.now()
    db.session.execute(
        update(Session)
        .where(Session.id == session_id, Session.last_used_at <= now - TOUCHED_EVERY)
        .values(last_used_at=now)
        .execution_options(synchronize_session=False)
    )


def is_fresh(instant: datetime | None) -> bool:
    """Tell whether a proof given at an instant still counts as fresh."""
    return instant is not None and clock.now() < instant + STEP_UP_GOOD_FOR


def require_fresh(actor: Actor) -> None:
    """Raise FreshSignInRequired unless the caller was proved within ten minutes.

    A stolen session must not change how its owner signs in. Whoever has a second factor must
    just have shown it.
    """
    if actor.has_totp:
        proved_at = actor.stepped_up_at
    else:
        session = None if actor.session_id is None else db.session.get(Session, actor.session_id)
        proved_at = None if session is None else session.created_at
    if not is_fresh(proved_at):
        raise FreshSignInRequired


def sign_out(actor: Actor) -> None:
    """End the session that makes this request."""
    if actor.session_id is not None:
        revoke_session(actor, actor.session_id)


def revoke_session(actor: Actor, session_id: uuid.UUID) -> None:
    """End one of the actor's own sessions; ending it twice is no error."""
    session = queries.get_own_session(actor, session_id)
    if session.revoked_at is None:
        session.revoked_at = clock.now()
        db.session.flush()
        audit.record("session.revoke", "session", session.id, actor=actor)


def revoke_sessions_of(account_id: uuid.UUID, *, keep: uuid.UUID | None = None) -> None:
    """End every session of an account (but one): password changed, account disabled."""
    statement = update(Session).where(
        Session.account_id == account_id, Session.revoked_at.is_(None)
    )
    if keep is not None:
        statement = statement.where(Session.id != keep)
    db.session.execute(
        statement.values(revoked_at=clock.now()).execution_options(synchronize_session="fetch")
    )
