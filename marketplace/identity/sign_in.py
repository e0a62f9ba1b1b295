"""Signing in and stepping up: what is proved, what it opens, and one answer for every failure."""

import uuid
from dataclasses import dataclass, field
from enum import StrEnum

from marketplace import audit, clock
from marketplace.database import db
from marketplace.identity import attempts, codes, dormancy, passwords, queries, totp
from marketplace.identity.accounts import change_password, ensure_phone_account
from marketplace.identity.actor import ANONYMOUS, Actor
from marketplace.identity.dormancy import Question
from marketplace.identity.models import (
    Account,
    AccountState,
    AttemptKind,
    CodePurpose,
    SessionKind,
)
from marketplace.identity.sessions import OpenedSession, open_session, revoke_session


class Refusal(StrEnum):
    """Why a sign-in opened nothing. Only a right password learns that a second factor is missing."""

    WRONG = "wrong"
    TOTP_REQUIRED = "totp_required"


@dataclass(frozen=True, slots=True)
class Caller:
    """Where a sign-in comes from, and how its session is to be carried."""

    address: str
    kind: SessionKind
    user_agent: str = ""
    # The session that the browser carried so far: it ends when a new one begins.
    before: Actor = ANONYMOUS


@dataclass(frozen=True, slots=True)
class PasswordAttempt:
    """A counted try at a password, with the hash to hold it against."""

    attempt_id: uuid.UUID
    account_id: uuid.UUID | None
    password_hash: str = field(repr=False)

    def is_proved_by(self, password: str) -> bool:
        """Check the password; slow on purpose, and as slow where there is no account."""
        matches = passwords.verify_password(self.password_hash, password)
        return matches and self.account_id is not None


def sign_in_by_phone(phone: str, code: str, caller: Caller) -> OpenedSession | Refusal | Question:
    """Open a session for whoever holds the phone; the first time makes its account. After a long
    silence a second question comes first: the number may have gone to somebody else.

    A refusal is returned, not raised: the try that it used up has to be committed.
    """
    attempt = attempts.open_attempt(AttemptKind.CODE, phone, caller.address)
    if not codes.redeem_code(phone, code):
        return refuse(attempt.id, AttemptKind.CODE, None)
    account = ensure_phone_account(phone)
    # Who has a password enters by it and the second factor: a message to a phone is the weaker door.
    if account.state is not AccountState.ACTIVE or account.password_hash is not None:
        return refuse(attempt.id, AttemptKind.CODE, account.id)
    if dormancy.needs_question(account):
        attempts.mark_succeeded(attempt.id)
        audit.record("sign_in.question_asked", "account", account.id, actor=ANONYMOUS)
        return dormancy.ask(account)
    dormancy.shut_other_doors(account)
    account.phone_proved_at = clock.now()
    return admit(account, attempt.id, AttemptKind.CODE, caller, stepped_up=False)


def answer_question(token: str, name: str, number: str, caller: Caller) -> OpenedSession | Refusal:
    """Open the silent account for whoever knows what only its owner does.

    Raises QuestionOver, TooManyAttempts; a refusal is returned so that its try is committed.
    """
    account = dormancy.find_asked(token)
    attempt = attempts.open_attempt(AttemptKind.QUESTION, str(account.id), caller.address)
    if account.state is not AccountState.ACTIVE or not dormancy.is_answered(account, name, number):
        return refuse(attempt.id, AttemptKind.QUESTION, account.id)
    dormancy.use_up(token)
    account.phone_proved_at = clock.now()
    return admit(account, attempt.id, AttemptKind.QUESTION, caller, stepped_up=False)


def start_afresh(token: str, caller: Caller) -> OpenedSession:
    """Open a new account for the holder of the number; the silent one keeps everything it has.

    Raises QuestionOver.
    """
    silent = dormancy.find_asked(token)
    dormancy.use_up(token)
    phone = dormancy.release_phone(ANONYMOUS, silent, "started_afresh")
    attempt = attempts.open_attempt(AttemptKind.CODE, phone, caller.address)
    return admit(
        ensure_phone_account(phone), attempt.id, AttemptKind.CODE, caller, stepped_up=False
    )


def prove_phone(
    phone: str, code: str, address: str, purpose: CodePurpose = CodePurpose.CHANGE_PHONE
) -> bool:
    """Use up a code that was sent to a phone for a purpose; False when it proves nothing."""
    attempt = attempts.open_attempt(AttemptKind.CODE, phone, address)
    if not codes.redeem_code(phone, code, purpose):
        return False
    attempts.mark_succeeded(attempt.id)
    return True


def open_password_attempt(login_name: str, address: str) -> PasswordAttempt:
    """Count a try before the password is looked at; raise TooManyAttempts.

    Commit before checking the password: hashing is slow, and no lock may wait for it.
    """
    name = login_name.casefold()
    attempt = attempts.open_attempt(AttemptKind.PASSWORD, name, address)
    account = queries.find_account_by_login_name(name)
    if account is None or account.password_hash is None:
        return PasswordAttempt(attempt.id, None, passwords.decoy_hash())
    return PasswordAttempt(attempt.id, account.id, account.password_hash)


def close_password_attempt(
    attempt: PasswordAttempt, *, is_proved: bool, totp_code: str | None, caller: Caller
) -> OpenedSession | Refusal:
    """Open a session if the password was proved, and the second factor where there is one."""
    if not is_proved or attempt.account_id is None:
        return refuse(attempt.attempt_id, AttemptKind.PASSWORD, attempt.account_id)
    account = queries.lock_account(attempt.account_id)
    # The password may have been changed, or the account shut, since the attempt was opened.
    if account.state is not AccountState.ACTIVE or account.password_hash != attempt.password_hash:
        return refuse(attempt.attempt_id, AttemptKind.PASSWORD, account.id)
    if account.has_totp:
        if totp_code is None:
            return Refusal.TOTP_REQUIRED
        if not totp.accept_code(account, totp_code):
            return refuse(attempt.attempt_id, AttemptKind.TOTP, account.id)
    return admit(
        account, attempt.attempt_id, AttemptKind.PASSWORD, caller, stepped_up=account.has_totp
    )


def close_password_change(attempt: PasswordAttempt, actor: Actor, password_hash: str) -> None:
    """Set a new password after the old one was proved."""
    attempts.mark_succeeded(attempt.attempt_id)
    change_password(actor, password_hash)


def admit(
    account: Account, attempt_id: uuid.UUID, kind: AttemptKind, caller: Caller, *, stepped_up: bool
) -> OpenedSession:
    """Open a session for somebody who proved to be the account's holder."""
    attempts.mark_succeeded(attempt_id)
    if caller.before.session_id is not None:
        revoke_session(caller.before, caller.before.session_id)
    opened = open_session(account, caller.kind, user_agent=caller.user_agent, stepped_up=stepped_up)
    audit.record(
        "session.open", "session", opened.session.id, actor=Actor(id=account.id),
        after={"by": kind, "kind": caller.kind},
    )  # fmt: skip
    return opened


def refuse(attempt_id: uuid.UUID, kind: AttemptKind, account_id: uuid.UUID | None) -> Refusal:
    """Note that a try opened nothing."""
    audit.record(
        "sign_in.denied", "sign_in_attempt", attempt_id, actor=ANONYMOUS,
        after={"by": kind, "account_id": None if account_id is None else str(account_id)},
    )  # fmt: skip
    return Refusal.WRONG


def step_up(actor: Actor, totp_code: str, address: str) -> bool:
    """Show the second factor again: approvals are open for ten minutes. False when refused.

    Raises TooManyAttempts; a refusal is returned so that the try it used up is committed.
    """
    attempt = attempts.open_attempt(AttemptKind.TOTP, str(actor.account_id), address)
    account = queries.lock_account(actor.account_id)
    if not totp.accept_code(account, totp_code):
        audit.record("step_up.denied", "account", account.id, actor=actor)
        return False
    attempts.mark_succeeded(attempt.id)
    if actor.session_id is not None:
        queries.get_own_session(actor, actor.session_id).stepped_up_at = clock.now()
        db.session.flush()
    audit.record("step_up.pass", "account", account.id, actor=actor)
    return True
