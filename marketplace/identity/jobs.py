"""Retention: what was only needed to sign in does not stay (data minimisation)."""

from datetime import timedelta

from sqlalchemy import delete

from marketplace import clock, jobs
from marketplace.database import db, transaction
from marketplace.identity.models import OneTimeCode, Session, SignInAttempt, SignInQuestion

CODES_KEPT = timedelta(days=2)
ATTEMPTS_KEPT = timedelta(days=2)
# Long enough to answer "who was signed in then"; the audit trail keeps what was done for longer.
SESSIONS_KEPT = timedelta(days=90)


@jobs.periodic("41 3 * * *", "identity.drop_old_proofs")
def drop_old_proofs() -> None:
    """Delete codes and attempts that no limit counts any more, and sessions long over."""
    now = clock.now()
    with transaction():
        db.session.execute(delete(OneTimeCode).where(OneTimeCode.created_at < now - CODES_KEPT))
        db.session.execute(
            delete(SignInAttempt).where(SignInAttempt.created_at < now - ATTEMPTS_KEPT)
        )
        db.session.execute(
            delete(SignInQuestion).where(SignInQuestion.asked_at < now - ATTEMPTS_KEPT)
        )
        db.session.execute(delete(Session).where(Session.expires_at < now - SESSIONS_KEPT))
