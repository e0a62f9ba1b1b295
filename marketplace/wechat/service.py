"""Signing in by WeChat: what WeChat's word opens, and when the number's holder is asked for a code.

WeChat's word about who it is is taken. Its word about a telephone number is not proof of who holds
the number today (``docs/decisions/0133``): it opens a number under which there is nothing, or no
account at all; anything else takes a code to the number, and after a silence the second question.
"""

import uuid
from dataclasses import dataclass, field
from datetime import timedelta

from sqlalchemy import delete
from sqlalchemy.dialects.postgresql import insert

from marketplace import audit, clock, secrets
from marketplace.database import db
from marketplace.identity import dormancy, sign_in
from marketplace.identity.accounts import ensure_phone_account
from marketplace.identity.actor import SYSTEM, Actor
from marketplace.identity.attempts import mark_succeeded
from marketplace.identity.codes import phone_index
from marketplace.identity.dormancy import Question
from marketplace.identity.models import Account, AccountState, AttemptKind, masked
from marketplace.identity.queries import (
    find_account_by_phone_index,
    get_account,
    lock_account,
)
from marketplace.identity.sessions import OpenedSession, revoke_sessions_of
from marketplace.identity.sign_in import Caller, Refusal
from marketplace.ids import new_id
from marketplace.language import Text
from marketplace.notices.service import tell_security
from marketplace.wechat import queries
from marketplace.wechat.client import WechatUser
from marketplace.wechat.errors import (
    AccountHasWechat,
    LastDoor,
    TicketOver,
    WechatBoundElsewhere,
)
from marketplace.wechat.models import WechatBinding, WechatTicket

TICKET_GOOD_FOR = timedelta(minutes=10)
BOUND = (
    Text("账号已绑定微信", "WeChat is bound to your account"),
    Text(
        "有人用微信小程序登录并绑定了您的账号。如果不是您本人，请在“我的账号—微信登录”中解绑。",
        "Somebody signed in by WeChat, which is now bound to your account. If that was not you, unbind"
        " it under “My account — Sign-in by WeChat”.",
    ),
)


@dataclass(frozen=True, slots=True)
class Ticket:
    """Goes on with a sign-in whose WeChat user is known; good once, for ten minutes."""

    token: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class CodeWanted:
    """The number's holder has to show a code; the number as it is shown."""

    phone: str


def openid_index(app_id: str, openid: str) -> bytes:
    """Return the blind index by which a user of a mini-program is looked up."""
    return secrets.blind_index(f"wechat:{app_id}:{openid}")


def enter(
    app_id: str, user: WechatUser, attempt_id: uuid.UUID, caller: Caller
) -> OpenedSession | Refusal | Ticket:
    """Open the account that a WeChat user is bound to; who is bound to none gets a ticket."""
    binding = queries.find_binding(openid_index(app_id, user.openid))
    if binding is None:
        mark_succeeded(attempt_id)
        return _issue_ticket(user)
    account = lock_account(binding.account_id)
    if not _may_enter(account):
        return sign_in.refuse(attempt_id, AttemptKind.WECHAT, account.id)
    return sign_in.admit(account, attempt_id, AttemptKind.WECHAT, caller, stepped_up=False)


def _may_enter(account: Account) -> bool:
    """Who has a password enters by it and the second factor: WeChat is the weaker door."""
    return account.state is AccountState.ACTIVE and account.password_hash is None


def _issue_ticket(user: WechatUser) -> Ticket:
    token, now = secrets.token(), clock.now()
    db.session.add(
        WechatTicket(
            token_digest=secrets.digest(token),
            openid_sealed=secrets.seal(user.openid),
            unionid_sealed=None if user.unionid is None else secrets.seal(user.unionid),
            made_at=now,
            expires_at=now + TICKET_GOOD_FOR,
        )
    )
    db.session.flush()
    return Ticket(token)


def lock_ticket(token: str) -> WechatTicket:
    """Return a sign-in under way, locked; raises TicketOver."""
    ticket = queries.lock_ticket(secrets.digest(token), clock.now())
    if ticket is None:
        raise TicketOver
    return ticket


def take_phone(
    app_id: str, token: str, phone: str, attempt_id: uuid.UUID, caller: Caller
) -> OpenedSession | Refusal | CodeWanted:
    """Go on with the number that WeChat gave: sign in where there is nothing to protect.

    Raises TicketOver, AccountHasWechat, WechatBoundElsewhere.
    """
    ticket = lock_ticket(token)
    found = find_account_by_phone_index(phone_index(phone))
    if found is not None and (found.password_hash or found.has_totp or dormancy.holds_anything(found.id)):  # fmt: skip
        ticket.phone_sealed = secrets.seal(phone)
        mark_succeeded(attempt_id)
        return CodeWanted(masked(phone))
    account = lock_account(ensure_phone_account(phone, is_proved=False).id)
    if not _may_enter(account):
        return sign_in.refuse(attempt_id, AttemptKind.WECHAT, account.id)
    bind(Actor(id=account.id), app_id, _user_of(ticket))
    ticket.used_at = clock.now()
    return sign_in.admit(account, attempt_id, AttemptKind.WECHAT, caller, stepped_up=False)


def name_phone(token: str, phone: str) -> None:
    """Go on with a number that the person typed, because WeChat's is another; raises TicketOver."""
    lock_ticket(token).phone_sealed = secrets.seal(phone)
    db.session.flush()


def phone_of(token: str) -> str | None:
    """Return the number whose holder is to show a code; None if none was told. Raises TicketOver."""
    sealed = lock_ticket(token).phone_sealed
    return None if sealed is None else secrets.unseal(sealed)


def take_code(
    app_id: str, token: str, phone: str, code: str, caller: Caller
) -> OpenedSession | Refusal | Question:
    """Sign in by a code to the number, and bind the WeChat user to the account.

    After a silence the second question comes first (0128), and WeChat is bound once it was answered.
    Raises TicketOver, AccountHasWechat, WechatBoundElsewhere.
    """
    ticket = lock_ticket(token)
    outcome = sign_in.sign_in_by_phone(phone, code, caller)
    if isinstance(outcome, OpenedSession):
        bind(Actor(id=outcome.session.account_id), app_id, _user_of(ticket))
        ticket.used_at = clock.now()
    return outcome


def _user_of(ticket: WechatTicket) -> WechatUser:
    unionid = ticket.unionid_sealed
    return WechatUser(
        secrets.unseal(ticket.openid_sealed), None if unionid is None else secrets.unseal(unionid)
    )


def bind(actor: Actor, app_id: str, user: WechatUser) -> WechatBinding:
    """Bind a WeChat user to the actor's own account; doing it twice is no error.

    Raises WechatBoundElsewhere, AccountHasWechat.
    """
    index, unionid = openid_index(app_id, user.openid), user.unionid
    values = {
        "id": new_id(),
        "account_id": actor.account_id,
        "openid_index": index,
        "openid_sealed": secrets.seal(user.openid),
        "unionid_index": None if unionid is None else secrets.blind_index(f"unionid:{unionid}"),
        "unionid_sealed": None if unionid is None else secrets.seal(unionid),
        "bound_at": clock.now(),
    }
    made = db.session.scalar(
        insert(WechatBinding).values(values).on_conflict_do_nothing().returning(WechatBinding.id)
    )
    binding = queries.find_binding(index)
    if binding is None:
        raise AccountHasWechat
    if binding.account_id != actor.account_id:
        raise WechatBoundElsewhere
    if made is not None:
        audit.record("wechat.bind", "account", actor.account_id, actor=actor)
        tell_security(actor.account_id, "wechat_bound", *BOUND)
    return binding


def unbind(actor: Actor) -> None:
    """Take WeChat away from one's own account; its other sessions end. Raises LastDoor."""
    account = lock_account(get_account(actor.account_id).id)
    if account.phone_index is None and account.login_name is None:
        raise LastDoor
    if forget(account.id, actor=actor):
        revoke_sessions_of(account.id, keep=actor.session_id)


def forget(account_id: uuid.UUID, *, actor: Actor = SYSTEM) -> bool:
    """Remove an account's WeChat user, if it has one; an account that was recovered starts without."""
    gone = delete(WechatBinding).where(WechatBinding.account_id == account_id)
    rows = db.session.execute(gone.returning(WechatBinding.id)).all()
    if rows:
        audit.record("wechat.unbind", "account", account_id, actor=actor)
    return bool(rows)


dormancy.shut_with(forget)
