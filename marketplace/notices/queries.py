"""Every select of notices."""

import uuid
from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Select, func, select

from marketplace.cursors import Page, paginate
from marketplace.database import db
from marketplace.errors import NotFound
from marketplace.identity.actor import Actor
from marketplace.identity.models import Account, AccountState, Membership
from marketplace.notices.models import (
    MailAddress,
    MessageState,
    Notice,
    NoticeChoice,
    NoticeMessage,
)
from marketplace.permissions import Role, ScopeKind
from marketplace.statements import fetch_one


def visible_to(actor: Actor) -> ColumnElement[bool]:
    """Everybody sees what was told to them, and nobody else does."""
    return Notice.account_id == actor.account_id


def get_notice(actor: Actor, notice_id: uuid.UUID) -> Notice:
    """Return one of the actor's own notices, or raise NotFound."""
    notice = db.session.scalar(select(Notice).where(visible_to(actor), Notice.id == notice_id))
    if notice is None:
        raise NotFound
    return notice


def list_notices(
    actor: Actor, limit: int, after: str | None, *, is_unread_only: bool = False
) -> Page[Notice]:
    """Return a page of what was told to the actor, newest first."""
    statement: Select[Any] = select(Notice).where(visible_to(actor))
    if is_unread_only:
        statement = statement.where(Notice.read_at.is_(None))
    keys: Any = [(Notice.made_at, "desc"), (Notice.id, "desc")]
    return paginate(statement, keys, limit, after)


# Every page of somebody signed in shows it; nobody needs to know that there are more than 99.
_UNREAD = """
SELECT count(*) AS unread FROM (
    SELECT FROM notices WHERE account_id = %(account_id)s AND read_at IS NULL LIMIT 100) AS unread
"""


def count_unread(account_id: uuid.UUID) -> int:
    """Count what an account has not read yet, up to a hundred."""
    unread: int = fetch_one(_UNREAD, {"account_id": account_id}).unread
    return unread


class Reachable(NamedTuple):
    """How an account can be reached."""

    account_id: uuid.UUID
    has_phone: bool
    has_mail: bool


def list_reachable(account_ids: Collection[uuid.UUID]) -> dict[uuid.UUID, Reachable]:
    """Return how each account can be reached; one that is shut is told nothing."""
    rows = db.session.execute(
        select(
            Account.id,
            Account.phone_sealed.is_not(None),
            MailAddress.confirmed_at.is_not(None),
        )
        .outerjoin(MailAddress, MailAddress.account_id == Account.id)
        .where(Account.id.in_(account_ids), Account.state == AccountState.ACTIVE)
    )
    return {row[0]: Reachable(row[0], row[1], bool(row[2])) for row in rows}


def list_choices(account_ids: Collection[uuid.UUID]) -> Sequence[NoticeChoice]:
    """Return what accounts have chosen."""
    return db.session.scalars(
        select(NoticeChoice).where(NoticeChoice.account_id.in_(account_ids))
    ).all()


def list_members(
    kind: ScopeKind, scope_ids: Collection[uuid.UUID | None], roles: Collection[Role]
) -> dict[uuid.UUID | None, list[uuid.UUID]]:
    """Return the accounts that hold one of the roles in each scope (None: the platform)."""
    named = [one for one in scope_ids if one is not None]
    scope = Membership.scope_id.in_(named) if named else Membership.scope_id.is_(None)
    rows = db.session.execute(
        select(Membership.scope_id, Membership.account_id)
        .where(
            Membership.scope_kind == kind,
            scope,
            Membership.role.in_(roles),
            Membership.revoked_at.is_(None),
        )
        .distinct()
        .order_by(Membership.scope_id, Membership.account_id)
    )
    found: dict[uuid.UUID | None, list[uuid.UUID]] = {}
    for row in rows:
        found.setdefault(row.scope_id, []).append(row.account_id)
    return found


class Envelope(NamedTuple):
    """A message that is due, locked, with all that sending it takes."""

    message: NoticeMessage
    notice: Notice
    account: Account
    mail: MailAddress | None


def lock_due(now: datetime) -> Envelope | None:
    """Return and lock the message that is longest due; one that another worker holds is left."""
    found = db.session.execute(
        select(NoticeMessage, Notice, Account, MailAddress)
        .join(Notice, Notice.id == NoticeMessage.notice_id)
        .join(Account, Account.id == NoticeMessage.account_id)
        .outerjoin(MailAddress, MailAddress.account_id == NoticeMessage.account_id)
        .where(NoticeMessage.state == MessageState.WAITING, NoticeMessage.next_try_at <= now)
        .order_by(NoticeMessage.next_try_at, NoticeMessage.id)
        .limit(1)
        .with_for_update(of=NoticeMessage, skip_locked=True)
    ).first()
    return None if found is None else Envelope(*found)


class Undelivered(NamedTuple):
    """A message that was given up."""

    message: NoticeMessage
    notice: Notice


def list_undelivered(limit: int) -> list[Undelivered]:
    """Return the messages that were given up, newest first."""
    rows = db.session.execute(
        select(NoticeMessage, Notice)
        .join(Notice, Notice.id == NoticeMessage.notice_id)
        .where(NoticeMessage.state == MessageState.FAILED)
        .order_by(NoticeMessage.id.desc())
        .limit(limit)
    )
    return [Undelivered(*row) for row in rows]


def find_mail(account_id: uuid.UUID) -> MailAddress | None:
    """Return an account's e-mail address, confirmed or not."""
    return db.session.get(MailAddress, account_id, populate_existing=True)


def find_mail_by_token(token_digest: bytes, since: datetime) -> MailAddress | None:
    """Return the address that a link is to confirm, its row locked."""
    return db.session.scalar(
        select(MailAddress)
        .where(
            MailAddress.token_digest == token_digest,
            MailAddress.confirmed_at.is_(None),
            MailAddress.asked_at > since,
        )
        .with_for_update()
    )


def count_asked(address_index: bytes, since: datetime) -> int:
    """Count the links that were sent to an address lately, whoever asked for them."""
    asked = func.coalesce(func.sum(MailAddress.asked_times), 0)
    return (
        db.session.scalar(
            select(asked).where(
                MailAddress.address_index == address_index, MailAddress.counted_at > since
            )
        )
        or 0
    )
