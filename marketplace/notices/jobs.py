"""When messages are sent, and when notices are forgotten."""

from datetime import timedelta

from sqlalchemy import delete

from marketplace import clock, jobs
from marketplace.database import db, transaction
from marketplace.notices import sending
from marketplace.notices.models import MailAddress, Notice

KEPT = timedelta(days=180)
UNCONFIRMED_KEPT = timedelta(days=7)


@jobs.periodic("* * * * *", "notices.send_messages")
def send_messages() -> None:
    """Send the short messages and e-mail that are due."""
    sending.send_due()


@jobs.periodic("49 3 * * *", "notices.drop_old_notices")
def drop_old_notices() -> None:
    """Forget what was told half a year ago, with its messages, and addresses nobody confirmed."""
    now = clock.now()
    with transaction():
        db.session.execute(delete(Notice).where(Notice.made_at < now - KEPT))
        db.session.execute(
            delete(MailAddress).where(
                MailAddress.confirmed_at.is_(None), MailAddress.asked_at < now - UNCONFIRMED_KEPT
            )
        )
