"""When messages are sent, and when notices are forgotten."""

from datetime import timedelta

from sqlalchemy import delete

from marketplace import clock, jobs
from marketplace.database import db, transaction
from marketplace.notices import sending
from marketplace.notices.models import Notice

KEPT = timedelta(days=180)


@jobs.periodic("* * * * *", "notices.send_messages")
def send_messages() -> None:
    """Send the short messages and e-mail that are due."""
    sending.send_due()


@jobs.periodic("49 3 * * *", "notices.drop_old_notices")
def drop_old_notices() -> None:
    """Forget what was told half a year ago, with its messages."""
    with transaction():
        db.session.execute(delete(Notice).where(Notice.made_at < clock.now() - KEPT))
