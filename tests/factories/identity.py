"""Accounts with roles, and clients that are signed in as them."""

import itertools
import uuid
from functools import cache

import pyotp
from flask.testing import FlaskClient
from sqlalchemy import delete, insert

from marketplace import clock, language, secrets, statements
from marketplace.database import db
from marketplace.identity import accounts, carriers, passwords, sessions
from marketplace.identity.actor import SYSTEM, Actor, Grant
from marketplace.identity.codes import phone_index
from marketplace.identity.memberships import give_membership
from marketplace.identity.models import Account, Membership, SessionKind
from marketplace.identity.queries import list_memberships_of
from marketplace.ids import new_id
from marketplace.permissions import NEEDS_STEP_UP, ROLE_PERMISSIONS, SCOPE_OF_ROLE, Role, ScopeKind

PASSWORD = "correct horse battery staple"
TOTP_SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"

_numbers = itertools.count(1)


@cache
def password_hash() -> str:
    """The hash of PASSWORD, made once: hashing is slow on purpose."""
    return passwords.hash_password(PASSWORD)


def new_phone() -> str:
    """A mobile number that no other account of this run has."""
    return f"139{next(_numbers):08d}"


def make_account(
    *,
    role: Role | None = None,
    scope: uuid.UUID | None = None,
    phone: str | None = None,
    login_name: str | None = None,
    has_totp: bool | None = None,
) -> Account:
    """Make an account: a shopper, or with a role in a scope (a new id where none is given).

    Roles that approve come with an authenticator (TOTP_SECRET) unless ``has_totp`` says otherwise.
    ``login_name`` makes a staff account with PASSWORD.
    """
    if has_totp is None:
        has_totp = role is not None and bool(ROLE_PERMISSIONS[role] & NEEDS_STEP_UP)
    if login_name is not None:
        account = accounts.create_staff_account(
            login_name, password_hash(), actor=SYSTEM, phone=phone
        )
    elif phone is not None:
        account = accounts.ensure_phone_account(phone)
    else:
        account = _new_account()
    if has_totp:
        account.totp_sealed = secrets.seal(TOTP_SECRET)
        account.totp_confirmed_at = clock.now()
    db.session.add(account)
    db.session.flush()
    if role is not None and role is not Role.SHOPPER:
        if login_name is None and phone is None:
            _give_first_role(account, role, scope)
        else:
            give_role(account, role, scope)
    return account


def _new_account() -> Account:
    """An account as its first sign-in makes it, past the service: most tests need a few."""
    phone, now = new_phone(), clock.now()
    return Account(
        id=new_id(), language=language.language(), phone_sealed=secrets.seal(phone),
        phone_index=phone_index(phone), phone_proved_at=now, created_at=now,
    )  # fmt: skip


def _give_first_role(account: Account, role: Role, scope: uuid.UUID | None) -> None:
    """What ``give_role`` writes, for an account that has no role yet."""
    kind = SCOPE_OF_ROLE[role]
    values = {
        "id": new_id(), "account_id": account.id, "role": str(role), "scope_kind": str(kind),
        "scope_id": None if kind is ScopeKind.PLATFORM else scope or new_id(),
        "granted_at": clock.now(),
    }  # fmt: skip
    statements.execute(
        "INSERT INTO memberships (id, account_id, role, scope_kind, scope_id, granted_at) VALUES "
        "(%(id)s, %(account_id)s, %(role)s, %(scope_kind)s, %(scope_id)s, %(granted_at)s)",
        values,
    )


def give_role(account: Account, role: Role, scope: uuid.UUID | None = None) -> Membership:
    """Give an account one more role."""
    if scope is None and SCOPE_OF_ROLE[role] is not ScopeKind.PLATFORM:
        scope = new_id()
    return give_membership(account_id=account.id, role=role, scope_id=scope, granted_by=SYSTEM)


def turn_into(account: Account, role: Role) -> None:
    """Let an account have this role only, in a new scope: cheaper than another account."""
    db.session.execute(delete(Membership).where(Membership.account_id == account.id))
    if role is not Role.SHOPPER:
        kind = SCOPE_OF_ROLE[role]
        values = {
            "id": new_id(), "account_id": account.id, "role": role, "scope_kind": kind,
            "scope_id": None if kind is ScopeKind.PLATFORM else new_id(),
            "granted_at": clock.now(),
        }  # fmt: skip
        db.session.execute(insert(Membership).values(values))


def totp_code(steps_ahead: int = 0) -> str:
    """What the authenticator of TOTP_SECRET shows now, or some steps of 30 seconds from now."""
    step = int(clock.now().timestamp()) // 30 + steps_ahead
    return pyotp.TOTP(TOTP_SECRET).generate_otp(step)


def actor_of(account: Account, *, stepped_up: bool = True) -> Actor:
    """The actor that services receive when this account calls."""
    grants = tuple(Grant(m.role, m.scope_kind, m.scope_id) for m in list_memberships_of(account.id))
    return Actor(
        id=account.id,
        grants=grants,
        stepped_up_at=clock.now() if stepped_up and account.has_totp else None,
        has_totp=account.has_totp,
    )


def make_actor(role: Role | None = None, scope: uuid.UUID | None = None) -> Actor:
    """A new account's actor."""
    return actor_of(make_account(role=role, scope=scope))


def sign_in(client: FlaskClient, account: Account, *, stepped_up: bool = True) -> str:
    """Let a client call the API as an account (bearer token); return the token.

    ``stepped_up``: the account's authenticator, where it has one, was just shown.
    """
    opened = sessions.open_session(
        account, SessionKind.TOKEN, stepped_up=stepped_up and account.has_totp
    )
    db.session.commit()
    client.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {opened.token}"
    return opened.token


def sign_in_page(client: FlaskClient, account: Account, *, stepped_up: bool = True) -> str:
    """Let a client call the pages as an account (cookie); return the form token for its posts."""
    opened = sessions.open_session(
        account, SessionKind.PAGE, stepped_up=stepped_up and account.has_totp
    )
    db.session.commit()
    client.set_cookie(carriers.cookie_name(), opened.token)
    browse(client)
    return secrets.sign("csrf", opened.token.encode())


def browse(client: FlaskClient) -> FlaskClient:
    """Let a client ask for pages, as a browser does: failures come as pages and redirects."""
    client.environ_base["HTTP_ACCEPT"] = "text/html,application/xhtml+xml,*/*;q=0.8"
    return client
