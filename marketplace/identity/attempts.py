"""Attempts to prove something, counted in PostgreSQL so that every process sees the same lockout."""

import logging
import uuid
from datetime import timedelta

from marketplace import clock, secrets
from marketplace.database import db
from marketplace.identity import queries
from marketplace.identity.errors import TooManyAttempts
from marketplace.identity.models import AttemptKind, SignInAttempt

logger = logging.getLogger(__name__)

WINDOW = timedelta(minutes=15)
# What an account's owner knows is not guessed at in many short bursts either.
QUESTION_WINDOW = timedelta(hours=24)
FAILURES_OF_A_SUBJECT = 5
# Whole offices and villages share one address, so it gets more tries than one name does.
FAILURES_OF_AN_ADDRESS = 60
_NOT_BY_SUBJECT = frozenset({AttemptKind.CODE, AttemptKind.WECHAT})


def subject_of(kind: AttemptKind, name: str) -> bytes:
    """Return the blind index under which the attempts on one name, phone or account count."""
    return secrets.blind_index(f"{kind}:{name}")


def address_index(address: str) -> bytes:
    """Return the blind index of a network address."""
    return secrets.blind_index(f"address:{address}")


def open_attempt(kind: AttemptKind, name: str, address: str) -> SignInAttempt:
    """Count one try before its proof is read; raise TooManyAttempts when no more are allowed.

    The row is written as failed and the caller commits it before the proof is checked: parallel
    guesses are counted one after another by the locks, so a hundred at once get as many tries as
    five in a row. The answer is the same whether or not the name exists.
    """
    subject, origin = subject_of(kind, name), address_index(address)
    # Always the subject first: two attempts can then never wait for each other.
    queries.lock_index(subject)
    queries.lock_index(origin)
    window = QUESTION_WINDOW if kind is AttemptKind.QUESTION else WINDOW
    since = clock.now() - window
    # A code counts its own tries, so that nobody can lock a phone's owner out by guessing.
    # A code of WeChat is another one each time.
    of_subject = 0 if kind in _NOT_BY_SUBJECT else queries.count_failures_of(subject, since)
    if (
        of_subject >= FAILURES_OF_A_SUBJECT
        or queries.count_failures_from(origin, clock.now() - WINDOW) >= FAILURES_OF_AN_ADDRESS
    ):
        logger.warning("too many attempts", extra={"data": {"kind": kind}})
        raise TooManyAttempts(headers={"Retry-After": str(int(window.total_seconds()))})
    attempt = SignInAttempt(
        kind=kind, subject_index=subject, address_index=origin, created_at=clock.now()
    )
    db.session.add(attempt)
    db.session.flush()
    return attempt


def withdraw(attempt_id: uuid.UUID) -> None:
    """Forget a try whose proof nobody looked at, because somebody else was out of reach."""
    db.session.delete(db.session.get_one(SignInAttempt, attempt_id))
    db.session.flush()


def mark_succeeded(attempt_id: uuid.UUID) -> None:
    """Record that the proof was right: the failures before it no longer count."""
    attempt = db.session.get_one(SignInAttempt, attempt_id)
    attempt.succeeded = True
    db.session.flush()
