"""Every select of identity."""

import uuid
from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Select,
    and_,
    exists,
    false,
    func,
    or_,
    select,
    true,
)

from marketplace import statements
from marketplace.database import db
from marketplace.errors import NotFound
from marketplace.identity.actor import Actor, ScopeKind
from marketplace.identity.models import (
    Account,
    AccountState,
    CodePurpose,
    Membership,
    OneTimeCode,
    Session,
    SessionKind,
    SignInAttempt,
    SignInQuestion,
)
from marketplace.permissions import MAY_GRANT, Permission, Role

# --- proofs ---------------------------------------------------------------------------------


def lock_index(index: bytes) -> None:
    """Hold back others who count by the same blind index, until this transaction ends."""
    key = int.from_bytes(index[:8], "big", signed=True)
    db.session.execute(select(func.pg_advisory_xact_lock(key)))


def count_failures_of(subject_index: bytes, since: datetime) -> int:
    """Count a subject's failed attempts since an instant and since its last success."""
    mine = and_(SignInAttempt.subject_index == subject_index, SignInAttempt.created_at > since)
    last = select(func.max(SignInAttempt.created_at)).where(mine, SignInAttempt.succeeded)
    statement = select(func.count()).where(
        mine,
        ~SignInAttempt.succeeded,
        SignInAttempt.created_at > func.coalesce(last.scalar_subquery(), since),
    )
    return db.session.scalar(statement) or 0


def count_failures_from(address_index: bytes, since: datetime) -> int:
    """Count the failed attempts from one address since an instant."""
    statement = select(func.count()).where(
        SignInAttempt.address_index == address_index,
        SignInAttempt.created_at > since,
        ~SignInAttempt.succeeded,
    )
    return db.session.scalar(statement) or 0


def list_code_instants(phone_index: bytes, since: datetime) -> list[datetime]:
    """List when codes were made for a phone since an instant, newest first."""
    statement = (
        select(OneTimeCode.created_at)
        .where(OneTimeCode.phone_index == phone_index, OneTimeCode.created_at > since)
        .order_by(OneTimeCode.created_at.desc())
    )
    return list(db.session.scalars(statement))


def count_codes_from(address_index: bytes, since: datetime) -> int:
    """Count the codes asked for from one address since an instant."""
    statement = select(func.count()).where(
        OneTimeCode.address_index == address_index, OneTimeCode.created_at > since
    )
    return db.session.scalar(statement) or 0


def newest_code(purpose: CodePurpose, phone_index: bytes) -> Select[uuid.UUID]:
    """Select the id of the newest code of a phone: the only one that may be good."""
    return (
        select(OneTimeCode.id)
        .where(OneTimeCode.phone_index == phone_index, OneTimeCode.purpose == purpose)
        .order_by(OneTimeCode.created_at.desc(), OneTimeCode.id.desc())
        .limit(1)
    )


# --- accounts -------------------------------------------------------------------------------


def get_account(account_id: uuid.UUID) -> Account:
    """Return an account, or raise NotFound."""
    account = db.session.get(Account, account_id)
    if account is None:
        raise NotFound
    return account


def lock_account(account_id: uuid.UUID) -> Account:
    """Return an account with its row locked, or raise NotFound."""
    account = db.session.get(Account, account_id, with_for_update=True, populate_existing=True)
    if account is None:
        raise NotFound
    return account


def find_account_by_phone_index(phone_index: bytes) -> Account | None:
    """Return the account of a phone number, if there is one."""
    return db.session.scalar(select(Account).where(Account.phone_index == phone_index))


def find_account_by_login_name(login_name: str) -> Account | None:
    """Return the account of a login name (in lower case), if there is one."""
    return db.session.scalar(select(Account).where(Account.login_name == login_name))


def list_accounts(account_ids: Collection[uuid.UUID]) -> dict[uuid.UUID, Account]:
    """Return accounts by id; who asks has checked that the caller may see who they are."""
    found = db.session.scalars(select(Account).where(Account.id.in_(account_ids)))
    return {account.id: account for account in found}


def name_accounts(account_ids: Collection[uuid.UUID]) -> dict[uuid.UUID, str]:
    """Name accounts by login name, else by the end of the id; never by a phone number."""
    known = list_accounts(account_ids) if account_ids else {}
    names = {account_id: account.login_name for account_id, account in known.items()}
    return {each: names.get(each) or f"…{str(each)[-8:]}" for each in account_ids}


def find_question(token_digest: bytes, now: datetime) -> SignInQuestion | None:
    """Return the second question of a token while it may be answered."""
    return db.session.scalar(
        select(SignInQuestion).where(
            SignInQuestion.token_digest == token_digest,
            SignInQuestion.used_at.is_(None),
            SignInQuestion.expires_at > now,
        )
    )


# --- sessions -------------------------------------------------------------------------------


def is_live(now: datetime | ColumnElement[datetime]) -> ColumnElement[bool]:
    """The condition of a session that is not revoked, expired, or idle for too long."""
    idle = func.make_interval(0, 0, 0, 0, 0, 0, Session.idle_seconds)
    return and_(
        Session.revoked_at.is_(None), Session.expires_at > now, Session.last_used_at + idle > now
    )


# Written out, with the conditions of ``is_live``: every request of somebody signed in runs it.
_SESSION_ROWS = """
SELECT s.id AS session_id, s.account_id, s.created_at, s.last_used_at, s.stepped_up_at,
       a.totp_confirmed_at IS NOT NULL AS has_totp, m.role, m.scope_kind, m.scope_id
FROM sessions s
JOIN accounts a ON a.id = s.account_id AND a.state = 'active'
LEFT JOIN memberships m ON m.account_id = s.account_id AND m.revoked_at IS NULL
WHERE s.token_digest = %(token_digest)s AND s.kind = %(kind)s AND s.revoked_at IS NULL
  AND s.expires_at > %(now)s AND s.last_used_at + make_interval(secs => s.idle_seconds) > %(now)s
"""


def list_session_rows(token_digest: bytes, kind: SessionKind, now: datetime) -> Sequence[Any]:
    """Read who a token belongs to, one row per live membership, in the request's one query.

    No row: the token is unknown, revoked, expired, idle for too long, or its account disabled.
    """
    values = {"token_digest": token_digest, "kind": kind, "now": now}
    return statements.fetch_all(_SESSION_ROWS, values)


def list_sessions(actor: Actor, now: datetime) -> list[Session]:
    """List the actor's own live sessions, newest first."""
    statement = (
        select(Session)
        .where(Session.account_id == actor.account_id, is_live(now))
        .order_by(Session.created_at.desc(), Session.id.desc())
    )
    return list(db.session.scalars(statement))


def get_own_session(actor: Actor, session_id: uuid.UUID) -> Session:
    """Return one of the actor's own sessions, or raise NotFound."""
    statement = select(Session).where(
        Session.account_id == actor.account_id, Session.id == session_id
    )
    session = db.session.scalar(statement)
    if session is None:
        raise NotFound
    return session


# --- memberships ----------------------------------------------------------------------------


def visible_to(actor: Actor) -> ColumnElement[bool]:
    """Memberships that the actor may see: one's own, those one grants, all for the auditor."""
    if actor.is_platform(Permission.AUDIT_READ):
        return true()
    return or_(Membership.account_id == actor.account_id, manageable_by(actor))


def manageable_by(actor: Actor) -> ColumnElement[bool]:
    """Memberships that the actor's own roles may grant and revoke, each in its own scope."""
    terms: list[ColumnElement[bool]] = []
    for grant in actor.grants:
        roles = MAY_GRANT.get(grant.role, frozenset())
        if not roles:
            continue
        if grant.scope_kind is ScopeKind.PLATFORM:
            return true()
        terms.append(
            and_(
                Membership.scope_kind == grant.scope_kind,
                Membership.scope_id == grant.scope_id,
                Membership.role.in_(roles),
            )
        )
    return or_(*terms) if terms else false()


def list_memberships_of(account_id: uuid.UUID) -> list[Membership]:
    """List an account's live memberships, oldest first."""
    statement = (
        select(Membership)
        .where(Membership.account_id == account_id, Membership.revoked_at.is_(None))
        .order_by(Membership.granted_at, Membership.id)
    )
    return list(db.session.scalars(statement))


def list_memberships_of_all(account_ids: Collection[uuid.UUID]) -> dict[uuid.UUID, Membership]:
    """Return of each account the oldest of its live memberships."""
    statement = (
        select(Membership)
        .where(Membership.account_id.in_(account_ids), Membership.revoked_at.is_(None))
        .order_by(Membership.granted_at.desc(), Membership.id.desc())
    )
    # The oldest comes last, and stays.
    return {one.account_id: one for one in db.session.scalars(statement)}


def live_memberships(
    actor: Actor, scope_kind: ScopeKind | None, scope_id: uuid.UUID | None
) -> Select[Membership]:
    """Select the live memberships that the actor may see, of one scope if it is named."""
    statement = select(Membership).where(visible_to(actor), Membership.revoked_at.is_(None))
    if scope_kind is not None:
        statement = statement.where(Membership.scope_kind == scope_kind)
    if scope_id is not None:
        statement = statement.where(Membership.scope_id == scope_id)
    return statement


def lock_membership(actor: Actor, membership_id: uuid.UUID) -> Membership:
    """Return a live membership that the actor may see, its row locked, or raise NotFound."""
    statement = (
        select(Membership)
        .where(visible_to(actor), Membership.id == membership_id, Membership.revoked_at.is_(None))
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    membership = db.session.scalar(statement)
    if membership is None:
        raise NotFound
    return membership


def has_membership(
    account_id: uuid.UUID, role: Role, scope_kind: ScopeKind, scope_id: uuid.UUID | None
) -> bool:
    """Tell whether the account holds a role in a scope now."""
    same_scope = (
        Membership.scope_id.is_(None) if scope_id is None else Membership.scope_id == scope_id
    )
    condition = exists().where(
        Membership.account_id == account_id,
        Membership.role == role,
        Membership.scope_kind == scope_kind,
        same_scope,
        Membership.revoked_at.is_(None),
    )
    return bool(db.session.scalar(select(condition)))


def list_administrators() -> list[Membership]:
    """List the live platform administrators' memberships of active accounts, locked in id order."""
    statement = (
        select(Membership)
        .join(Account, Account.id == Membership.account_id)
        .where(
            Membership.role == Role.PLATFORM_ADMIN,
            Membership.revoked_at.is_(None),
            Account.state == AccountState.ACTIVE,
        )
        .order_by(Membership.id)
        .with_for_update(of=Membership)
    )
    return list(db.session.scalars(statement))
