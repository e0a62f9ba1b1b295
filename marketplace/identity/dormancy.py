"""Telephone numbers come back: whoever holds a number after a long silence may be somebody else.

Carriers give a number out again 90 days after it was given up at the earliest. So a code that is
redeemed less than 90 days after the last one comes from the same holder; after that the number
alone opens nothing in which there is something: a second question is asked, or one starts afresh.
"""

import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta

from sqlalchemy import update

from marketplace import audit, clock, secrets
from marketplace.database import db
from marketplace.identity import queries
from marketplace.identity.actor import Actor
from marketplace.identity.errors import QuestionOver
from marketplace.identity.models import Account, FormerPhone, SignInQuestion
from marketplace.identity.sessions import revoke_sessions_of
from marketplace.identity.totp import accept_code

DORMANT_AFTER = timedelta(days=90)
QUESTION_GOOD_FOR = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Question:
    """A second question, asked of whoever has just proved to hold a silent account's number."""

    token: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class _Keeper:
    """How a domain tells whether an account holds anything of its own, and who knows of it."""

    holds: Callable[[uuid.UUID], bool]
    is_known: Callable[[uuid.UUID, str, str], bool]


_keepers: list[_Keeper] = []
_doors: list[Callable[[uuid.UUID], object]] = []


def keep_with(
    holds: Callable[[uuid.UUID], bool], is_known: Callable[[uuid.UUID, str, str], bool]
) -> None:
    """Register what a domain keeps for an account: ``holds(account_id)`` tells whether there is
    anything, ``is_known(account_id, name, number)`` whether a name and a number are from it.
    """
    keeper = _Keeper(holds, is_known)
    if keeper not in _keepers:
        _keepers.append(keeper)


def holds_anything(account_id: uuid.UUID) -> bool:
    """Tell whether an account has roles, orders or anything else that must stay its owner's."""
    if queries.list_memberships_of(account_id):
        return True
    return any(keeper.holds(account_id) for keeper in _keepers)


def is_silent(account: Account) -> bool:
    """Tell whether the number was proved so long ago, or never, that it may be another person's."""
    proved_at = account.phone_proved_at
    return proved_at is None or proved_at <= clock.now() - DORMANT_AFTER


def needs_question(account: Account) -> bool:
    """Tell whether the number alone is no longer enough for this account."""
    return is_silent(account) and (account.has_totp or holds_anything(account.id))


def shut_with(shut: Callable[[uuid.UUID], object]) -> None:
    """Register another way to sign in, which ends where the number may have a new holder."""
    if shut not in _doors:
        _doors.append(shut)


def shut_other_doors(account: Account) -> None:
    """Let the number alone open an account that was silent: sessions and other ways in, which the
    number's former holder may have, end.
    """
    # Who has a password enters by it, whoever holds the number.
    if is_silent(account) and account.password_hash is None:
        revoke_sessions_of(account.id)
        for shut in _doors:
            shut(account.id)


def has_lost_claim(account: Account) -> bool:
    """Tell whether an account keeps its number from nobody who proves to hold it: there is nothing in
    it, or it was silent for so long that the number may be another person's.
    """
    if account.password_hash is not None or account.phone_index is None:
        return False
    return needs_question(account) or not (account.has_totp or holds_anything(account.id))


def ask(account: Account) -> Question:
    """Ask the second question of whoever has just proved to hold the number."""
    token, now = secrets.token(), clock.now()
    db.session.add(
        SignInQuestion(
            account_id=account.id,
            token_digest=secrets.digest(token),
            asked_at=now,
            expires_at=now + QUESTION_GOOD_FOR,
        )
    )
    db.session.flush()
    return Question(token)


def find_asked(token: str) -> Account:
    """Return the account that a question is about, locked; raises QuestionOver."""
    question = queries.find_question(secrets.digest(token), clock.now())
    if question is None:
        raise QuestionOver
    account = queries.lock_account(question.account_id)
    if account.phone_sealed is None:
        raise QuestionOver
    return account


def use_up(token: str) -> None:
    """End a question that was answered; of two answers at once, one wins. Raises QuestionOver."""
    done = update(SignInQuestion).where(
        SignInQuestion.token_digest == secrets.digest(token), SignInQuestion.used_at.is_(None)
    )
    used = db.session.execute(
        done.values(used_at=clock.now())
        .returning(SignInQuestion.id)
        .execution_options(synchronize_session=False)
    ).all()
    if not used:
        raise QuestionOver


def is_answered(account: Account, name: str, number: str) -> bool:
    """Tell whether somebody knows what only the account's owner does.

    The number of an order or payment with the name it was sent to; or, where the account has an
    authenticator, its code instead of a number.
    """
    if account.has_totp and number.isascii() and number.isdigit() and len(number) == 6:
        return accept_code(account, number)
    return any(keeper.is_known(account.id, name, number) for keeper in _keepers)


def release_phone(actor: Actor, account: Account, why: str) -> str:
    """Take the number away from an account (locked), and return it: the account keeps what it has,
    but no code opens it any more. Its sessions end.
    """
    phone = secrets.unseal(account.phone_sealed or b"")
    remember_former(account)
    account.phone_sealed = account.phone_index = None
    account.phone_released_at = clock.now()
    db.session.flush()
    revoke_sessions_of(account.id)
    audit.record("phone.release", "account", account.id, actor=actor, after={"why": why})
    return phone


def remember_former(account: Account) -> None:
    """Note which number an account had until now: by it, its owner may ask for it again."""
    if account.phone_index is not None:
        db.session.add(
            FormerPhone(
                account_id=account.id, phone_index=account.phone_index, given_up_at=clock.now()
            )
        )
        db.session.flush()
