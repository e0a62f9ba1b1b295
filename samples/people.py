"""Sample accounts: staff with a password and an authenticator, others by phone."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import replace
from datetime import timedelta
from functools import cache
from uuid import UUID

import pyotp

from marketplace import clock, secrets
from marketplace.identity import accounts, memberships, passwords, queries, sessions, totp
from marketplace.identity.actor import SYSTEM, Actor, Grant
from marketplace.identity.models import Account, SessionKind
from marketplace.permissions import Role
from partners.offices.models import Office
from partners.offices.queries import find_office_of
from partners.regions.queries import tree

# Numbers of one block, so that nobody takes them for real ones.
SHOPPER_PHONE = "19900000001"
DONGYANG_CLERK_PHONE = "19900000002"
JINYUN_CLERK_PHONE = "19900000003"
OTHER_SHOPPER_PHONE = "19900000004"
KEEPER_PHONE = "19900000007"
FIRST_MANAGER_PHONE = 19900000100

STEP = timedelta(seconds=totp.STEP_SECONDS)


@cache
def password() -> str:
    """Give the one password of all sample staff: other for every checkout, the same at each start."""
    digest = hashlib.sha256(secrets.key_for("sample password")).digest()
    return base64.b32encode(digest)[:20].decode().lower()


@cache
def _password_hash() -> str:
    return passwords.hash_password(password())


def actor_of(account: Account) -> Actor:
    """Give the actor that services receive when this account calls, its second factor shown."""
    grants = tuple(
        Grant(held.role, held.scope_kind, held.scope_id)
        for held in queries.list_memberships_of(account.id)
    )
    return Actor(
        id=account.id,
        grants=grants,
        stepped_up_at=clock.now() if account.has_totp else None,
        has_totp=account.has_totp,
    )


def by_phone(phone: str) -> Actor:
    """Give the account of a phone number, made at its first use."""
    return actor_of(accounts.ensure_phone_account(phone))


def by_account(account_id: UUID) -> Actor:
    """Give the actor of an account that exists."""
    return actor_of(queries.get_account(account_id))


def staff(login_name: str, role: Role, scope_id: UUID | None = None) -> Actor:
    """Give a member of staff, made at the first use, authenticator included."""
    account = queries.find_account_by_login_name(login_name)
    if account is None:
        account = accounts.create_staff_account(login_name, _password_hash(), actor=SYSTEM)
        memberships.give_membership(
            account_id=account.id, role=role, scope_id=scope_id, granted_by=SYSTEM
        )
        _bind_authenticator(account)
    return actor_of(account)


def _bind_authenticator(account: Account) -> None:
    opened = sessions.open_session(account, SessionKind.PAGE)
    actor = replace(actor_of(account), session_id=opened.session.id)
    enrolment = totp.begin_enrolment(actor)
    # The code of the step before: the first one a person reads off is still unused.
    code = pyotp.TOTP(enrolment.secret).at(clock.now() - STEP)
    totp.confirm_enrolment(actor, code)
    sessions.revoke_sessions_of(account.id)


def administrator() -> Actor:
    return staff("admin", Role.PLATFORM_ADMIN)


def auditor() -> Actor:
    return staff("auditor", Role.AUDITOR)


def finance_officers() -> tuple[Actor, Actor]:
    """Give the two finance officers whom a payout takes."""
    return staff("finance-1", Role.FINANCE_OFFICER), staff("finance-2", Role.FINANCE_OFFICER)


def officer(region_code: str) -> Actor:
    """Give the officer of a region's office."""
    return _of_office("officer", Role.OFFICE_OFFICER, region_code)


def approver(region_code: str) -> Actor:
    """Give the approver of a region's office."""
    return _of_office("approver", Role.OFFICE_APPROVER, region_code)


def office_login(kind: str, region_code: str) -> str:
    """Name the account: officer-nanjiangxian."""
    return f"{kind}-{tree().get(region_code).pinyin.replace(' ', '')}"


def _of_office(kind: str, role: Role, region_code: str) -> Actor:
    return staff(office_login(kind, region_code), role, office_of(region_code).id)


def office_of(region_code: str) -> Office:
    """Give the office of exactly this region, which the pairings have opened."""
    office = find_office_of(region_code)
    if office is None:
        raise LookupError(f"no office in {region_code}: load the reference data first")
    return office


def authenticator_of(login_name: str) -> pyotp.TOTP | None:
    """Give a sample account's authenticator, for whoever has no telephone at hand."""
    account = queries.find_account_by_login_name(login_name)
    if account is None or account.totp_sealed is None:
        return None
    return pyotp.TOTP(secrets.unseal(account.totp_sealed))
