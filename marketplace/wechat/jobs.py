"""Retention: a sign-in that was not finished is forgotten."""

from datetime import timedelta

from sqlalchemy import delete

from marketplace import clock, jobs
from marketplace.database import db, transaction
from marketplace.wechat.models import WechatTicket

KEPT = timedelta(days=2)


@jobs.periodic("44 3 * * *", "wechat.drop_old_tickets")
def drop_old_tickets() -> None:
    """Delete sign-ins that are long over, with the number and the openid in them."""
    with transaction():
        db.session.execute(delete(WechatTicket).where(WechatTicket.made_at < clock.now() - KEPT))
