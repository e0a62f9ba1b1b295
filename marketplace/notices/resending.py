"""Messages that were given up, put on their way again: what was in the way may be mended."""

import uuid

from sqlalchemy import Select, select, update

from marketplace import audit, clock
from marketplace.database import db
from marketplace.identity.actor import Actor
from marketplace.notices.errors import MessageNotFound
from marketplace.notices.groups import Channel
from marketplace.notices.models import MessageState, NoticeMessage

# Of one press; a provider that was out for a day is pressed for again.
AT_ONCE = 1000


def resend_message(actor: Actor, message_id: uuid.UUID) -> bool:
    """Put one message on its way again; False where it is on its way already.

    Raises MessageNotFound.
    """
    if db.session.get(NoticeMessage, message_id) is None:
        raise MessageNotFound
    return _resend(actor, select(NoticeMessage.id).where(NoticeMessage.id == message_id)) == 1


def resend_all(actor: Actor, channel: Channel) -> int:
    """Put what a channel's provider did not take on its way again, the newest first; return how many."""
    return _resend(actor, select(NoticeMessage.id).where(NoticeMessage.channel == channel))


def _resend(actor: Actor, wanted: Select[uuid.UUID]) -> int:
    given_up = wanted.where(NoticeMessage.state == MessageState.FAILED)
    chosen = given_up.order_by(NoticeMessage.id.desc()).limit(AT_ONCE).with_for_update()
    # Pressed twice, the second waits for the first and finds nothing that was given up.
    renewed = db.session.execute(
        update(NoticeMessage)
        .where(NoticeMessage.id.in_(chosen), NoticeMessage.state == MessageState.FAILED)
        .values(
            state=MessageState.WAITING,
            tries=0,
            next_try_at=clock.now(),
            ended_at=None,
            failure="",
        )
        .returning(NoticeMessage.id, NoticeMessage.channel)
        .execution_options(synchronize_session=False)
    ).all()
    audit.record_all(
        [
            audit.entry(
                "undelivered.retried", "notice_message", row.id, actor=actor,
                after={"channel": row.channel},
            )
            for row in renewed
        ]
    )  # fmt: skip
    return len(renewed)
