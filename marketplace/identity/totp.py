"""The second factor: six digits from an authenticator (RFC 6238), each step accepted once."""

import uuid
from dataclasses import dataclass, field
from datetime import datetime

import pyotp
from sqlalchemy import or_, update

from marketplace import audit, clock, secrets
from marketplace.database import db
from marketplace.identity import queries
from marketplace.identity.actor import Actor
from marketplace.identity.errors import TotpNotEnrolled, TotpRefused
from marketplace.identity.models import Account
from marketplace.identity.sessions import require_fresh

STEP_SECONDS = 30
# One step either way: a phone's clock may be half a minute off.
STEPS_OFF = (0, -1, 1)
ISSUER = "消费帮扶"


@dataclass(frozen=True, slots=True)
class Enrolment:
    """What the authenticator needs, shown once."""

    secret: str = field(repr=False)
    uri: str = field(repr=False)


def begin_enrolment(actor: Actor) -> Enrolment:
    """Make a secret that counts once ``confirm_enrolment`` has seen a code of it.

    A stolen session must not bind a thief's authenticator; raises FreshSignInRequired.
    """
    require_fresh(actor)
    account = queries.lock_account(actor.account_id)
    secret = pyotp.random_base32()
    account.totp_pending_sealed = secrets.seal(secret)
    db.session.flush()
    name = account.login_name or account.phone_masked or ""
    return Enrolment(secret, pyotp.TOTP(secret).provisioning_uri(name=name, issuer_name=ISSUER))


def confirm_enrolment(actor: Actor, code: str) -> Account:
    """Take the pending secret into use, proved by a code of it; raise TotpRefused."""
    account = queries.lock_account(actor.account_id)
    if account.totp_pending_sealed is None:
        raise TotpNotEnrolled
    step = matching_step(secrets.unseal(account.totp_pending_sealed), code, clock.now())
    if step is None:
        raise TotpRefused
    account.totp_sealed = account.totp_pending_sealed
    account.totp_pending_sealed = None
    account.totp_confirmed_at = clock.now()
    account.totp_last_step = step
    db.session.flush()
    audit.record("totp.enrol", "account", account.id, actor=actor)
    return account


def matching_step(secret: str, code: str, at: datetime) -> int | None:
    """Return the time step that a code belongs to, around an instant; None when it is wrong."""
    generator = pyotp.TOTP(secret)
    now_step = int(at.timestamp()) // STEP_SECONDS
    found = None
    for off in STEPS_OFF:
        if secrets.same(generator.generate_otp(now_step + off), code):
            found = now_step + off
    return found


def accept_code(account: Account, code: str) -> bool:
    """Use up a code of the account's authenticator; False when wrong, or its step was used.

    The guarded update lets one of two parallel requests with the same code pass.
    """
    if account.totp_sealed is None:
        return False
    step = matching_step(secrets.unseal(account.totp_sealed), code, clock.now())
    if step is None:
        return False
    unused = or_(Account.totp_last_step.is_(None), Account.totp_last_step < step)
    statement = (
        update(Account)
        .where(Account.id == account.id, unused)
        .values(totp_last_step=step)
        .returning(Account.id)
        .execution_options(synchronize_session=False)
    )
    return db.session.execute(statement).one_or_none() is not None


def remove_totp(actor: Actor, account_id: uuid.UUID) -> None:
    """Take away a lost authenticator, so that its owner can bind a new one."""
    account = queries.lock_account(account_id)
    account.totp_sealed = account.totp_confirmed_at = account.totp_pending_sealed = None
    db.session.flush()
    audit.record("totp.remove", "account", account.id, actor=actor)
