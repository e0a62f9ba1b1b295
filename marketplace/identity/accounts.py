"""Accounts: made by the first sign-in with a phone, or for staff by an administrator."""

import uuid

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import IntegrityError

from marketplace import audit, clock, language, secrets
from marketplace.database import db
from marketplace.errors import NotFound
from marketplace.identity import queries
from marketplace.identity.actor import SYSTEM, Actor
from marketplace.identity.codes import phone_index
from marketplace.identity.dormancy import has_lost_claim, release_phone, remember_former
from marketplace.identity.errors import (
    GrantNotAllowed,
    LastAdministrator,
    LoginNameTaken,
    PhoneTaken,
    SelfGrantRefused,
)
from marketplace.identity.models import Account, AccountState
from marketplace.identity.sessions import revoke_sessions_of
from marketplace.ids import new_id
from marketplace.language import Text
from marketplace.notices.service import tell_security
from marketplace.permissions import Permission, Role

PHONE_CHANGED = (
    Text("手机号码已更换", "Your mobile number was changed"),
    Text(
        "您的账号刚刚换成了这个手机号码。如果不是您本人操作，请立即联系平台。",
        "Your account has just moved to this mobile number. If that was not you, tell us at once.",
    ),
)
PASSWORD_CHANGED = (
    Text("登录密码已修改", "Your password was changed"),
    Text(
        "您的登录密码刚刚被修改，其他设备已退出。如果不是您本人操作，请立即联系平台。",
        "Your password has just been changed and other devices signed out. If that was not you, tell"
        " us at once.",
    ),
)


def ensure_phone_account(phone: str, *, actor: Actor = SYSTEM, is_proved: bool = True) -> Account:
    """Return the account of a phone number, made now if there is none.

    ``is_proved``: a code to the number was redeemed, or the number is taken as proved.
    """
    index = phone_index(phone)
    values = {
        "id": new_id(),
        "state": AccountState.ACTIVE,
        "language": language.language(),
        "phone_sealed": secrets.seal(phone),
        "phone_index": index,
        "phone_proved_at": clock.now() if is_proved else None,
        "created_at": clock.now(),
    }
    # Two first sign-ins at once: the second finds what the first wrote.
    statement = (
        insert(Account)
        .values(values)
        .on_conflict_do_nothing(index_elements=["phone_index"])
        .returning(Account.id)
    )
    made = db.session.scalar(statement)
    account = queries.find_account_by_phone_index(index)
    if account is None:
        raise NotFound
    if made is not None:
        audit.record("account.create", "account", account.id, actor=actor)
    return account


def create_staff_account(
    login_name: str, password_hash: str, *, actor: Actor, phone: str | None = None
) -> Account:
    """Make an account that signs in by name and password; raise LoginNameTaken or PhoneTaken.

    The hash is made by the caller (it is slow), after ``passwords.check_strength``.
    """
    account = Account(
        login_name=login_name.casefold(),
        password_hash=password_hash,
        password_changed_at=clock.now(),
        phone_sealed=None if phone is None else secrets.seal(phone),
        phone_index=None if phone is None else phone_index(phone),
        phone_proved_at=None if phone is None else clock.now(),
    )
    try:
        with db.session.begin_nested():
            db.session.add(account)
            db.session.flush()
    except IntegrityError as error:
        is_phone = "uq_accounts_phone_index" in str(error.orig)
        raise (PhoneTaken if is_phone else LoginNameTaken) from error
    audit.record("account.create", "account", account.id, actor=actor)
    return account


def change_password(actor: Actor, password_hash: str) -> None:
    """Set the actor's own new password and end all other sessions."""
    account = queries.lock_account(actor.account_id)
    account.password_hash = password_hash
    account.password_changed_at = clock.now()
    db.session.flush()
    revoke_sessions_of(account.id, keep=actor.session_id)
    audit.record("password.change", "account", account.id, actor=actor)
    tell_security(account.id, "password_changed", *PASSWORD_CHANGED)


def change_phone(actor: Actor, phone: str) -> Account:
    """Set the actor's own phone number, both numbers proved by codes; raise PhoneTaken.

    All other sessions end: the old number may be in other hands.
    """
    account = _free_phone(actor, phone)
    try:
        with db.session.begin_nested():
            remember_former(account)
            account.phone_sealed = secrets.seal(phone)
            account.phone_index = phone_index(phone)
            account.phone_proved_at = clock.now()
            account.phone_released_at = None
            db.session.flush()
    except IntegrityError as error:
        raise PhoneTaken from error
    revoke_sessions_of(account.id, keep=actor.session_id)
    audit.record("phone.change", "account", account.id, actor=actor)
    tell_security(account.id, "phone_changed", *PHONE_CHANGED)
    return account


def _free_phone(actor: Actor, phone: str) -> Account:
    """Return the actor's account, locked, with the number taken from an account that has no claim to
    it any more: silent for long, or empty. Who proved the number could start afresh with it, too.
    """
    other = queries.find_account_by_phone_index(phone_index(phone))
    ids = {actor.account_id} if other is None else {actor.account_id, other.id}
    locked = {one: queries.lock_account(one) for one in sorted(ids)}
    if other is not None and other.id != actor.account_id and has_lost_claim(locked[other.id]):
        release_phone(actor, locked[other.id], "taken_by_new_holder")
    return locked[actor.account_id]


def update_account(actor: Actor, *, chosen_language: str) -> Account:
    """Change what an account's owner may change by itself."""
    account = queries.lock_account(actor.account_id)
    account.language = chosen_language
    db.session.flush()
    return account


def disable_account(actor: Actor, account_id: uuid.UUID) -> Account:
    """Shut an account: its sessions end at once, its rows stay."""
    _require_platform(actor, account_id)
    administrators = queries.list_administrators()
    if [a.account_id for a in administrators] == [account_id]:
        raise LastAdministrator
    account = queries.lock_account(account_id)
    account.state = AccountState.DISABLED
    db.session.flush()
    revoke_sessions_of(account_id)
    audit.record("account.disable", "account", account_id, actor=actor)
    return account


def enable_account(actor: Actor, account_id: uuid.UUID) -> Account:
    """Open a shut account again."""
    _require_platform(actor, account_id)
    account = queries.lock_account(account_id)
    account.state = AccountState.ACTIVE
    db.session.flush()
    audit.record("account.enable", "account", account_id, actor=actor)
    return account


def _require_platform(actor: Actor, account_id: uuid.UUID) -> None:
    if not actor.is_platform(Permission.MEMBERSHIP_GRANT):
        raise GrantNotAllowed
    if actor.account_id == account_id:
        raise SelfGrantRefused


def has_role(account_id: uuid.UUID, role: Role) -> bool:
    """Tell whether an account holds a role anywhere now."""
    return any(m.role is role for m in queries.list_memberships_of(account_id))
