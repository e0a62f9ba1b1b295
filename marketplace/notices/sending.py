"""Messages on their way: one is taken, committed, handed over, and its end written down.

Between two commits stands the network. A process that dies there leaves the message waiting for its
next try: then it may come twice, and never not at all.
"""

import logging
import uuid
from dataclasses import dataclass, field
from datetime import timedelta

from flask import current_app

from marketplace import clock, secrets
from marketplace.database import db, transaction
from marketplace.identity.errors import CodeNotSent
from marketplace.identity.models import AccountState
from marketplace.identity.senders import NoticeRefused, sender_for
from marketplace.language import Text
from marketplace.mail import Mail, MailNotSent, MailRefused, mail_sender_for
from marketplace.notices import links, queries
from marketplace.notices.groups import ALWAYS, Channel
from marketplace.notices.letters import letter
from marketplace.notices.models import MessageState, NoticeMessage
from marketplace.notices.queries import Envelope
from marketplace.notices.service import first_try

log = logging.getLogger(__name__)

# The last try is about four hours after the first.
MOST_TRIES = 8
AT_ONCE = 500
SIGNATURE = Text("【结对集市】", "[Jiedui] ")
FOOT = Text(
    "\n—\n结对集市自动发送，请勿回复。接收哪些通知：{choices}\n不再接收这一类邮件：{leave}\n",
    "\n—\nSent by Jiedui; please do not reply. What you receive: {choices}\n"
    "No more e-mail of this kind: {leave}\n",
)
FOOT_ALWAYS = Text(
    "\n—\n结对集市自动发送，请勿回复。\n", "\n—\nSent by Jiedui; please do not reply.\n"
)


@dataclass(frozen=True, slots=True)
class Ready:
    """A message as it goes out."""

    message_id: uuid.UUID
    channel: Channel
    to: str = field(repr=False)
    title: str
    text: str
    template: str
    values: dict[str, str]
    headers: dict[str, str] = field(repr=False)
    html: str = field(default="", repr=False)


def send_due() -> int:
    """Send what is due; return how many messages were handed over."""
    sent = 0
    for _ in range(AT_ONCE):
        with transaction():
            envelope = queries.lock_due(clock.now())
            if envelope is None:
                break
            ready = _take(envelope)
        if ready is not None:
            sent += _hand_over(ready)
    return sent


def _take(envelope: Envelope) -> Ready | None:
    """Count a try and say what is to be sent; None when it waits, or has nowhere to go any more."""
    message, now = envelope.message, clock.now()
    allowed_at = first_try(message.channel, now)
    if allowed_at > now:
        message.next_try_at = allowed_at
        return None
    to = _address(envelope)
    if to is None:
        _end(message, MessageState.FAILED, "no_address")
        return None
    message.tries += 1
    message.next_try_at = now + timedelta(minutes=2 ** (message.tries - 1))
    return _ready(envelope, to)


def _address(envelope: Envelope) -> str | None:
    """Return where the message goes today: the number may be another one since it was written."""
    account, mail = envelope.account, envelope.mail
    if account.state is not AccountState.ACTIVE:
        return None
    if envelope.message.channel is Channel.SMS:
        return None if account.phone_sealed is None else secrets.unseal(account.phone_sealed)
    if mail is None or mail.confirmed_at is None:
        return None
    return secrets.unseal(mail.address_sealed)


def _ready(envelope: Envelope, to: str) -> Ready:
    message, notice = envelope.message, envelope.notice
    is_english = envelope.account.language == "en"
    link = links.absolute(notice.link)
    headers: dict[str, str] = {}
    html = ""
    if message.channel is Channel.SMS:
        text = SIGNATURE.format()
        body = Text(f"{text.zh}{notice.text_zh} {link}", f"{text.en}{notice.text_en} {link}")
    else:
        foot = FOOT_ALWAYS
        if notice.topic not in ALWAYS:
            token = links.unsubscribe_token(notice.account_id, notice.topic)
            headers = {
                # RFC 8058: mail programs leave by one click, without opening a page.
                "List-Unsubscribe": f"<{links.absolute(f'/webhooks/unsubscribe/{token}')}>",
                "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
            }
            foot = FOOT.format(
                choices=links.absolute("/me/notices"),
                leave=links.absolute(f"/unsubscribe/{token}"),
            )
        body = Text(
            f"{notice.text_zh}\n\n{link}\n{foot.zh}", f"{notice.text_en}\n\n{link}\n{foot.en}"
        )
        html = letter(
            is_english=is_english,
            title=notice.title_en if is_english else notice.title_zh,
            text=notice.text_en if is_english else notice.text_zh,
            link=link,
            foot=foot.en if is_english else foot.zh,
        )
    return Ready(
        message_id=message.id,
        channel=message.channel,
        to=to,
        title=notice.title_en if is_english else notice.title_zh,
        text=body.en if is_english else body.zh,
        # A template is approved in one language.
        template=f"{message.template}_en" if is_english else message.template,
        values=message.template_values,
        headers=headers,
        html=html,
    )


def _hand_over(ready: Ready) -> bool:
    settings = current_app.config["SETTINGS"]
    try:
        if ready.channel is Channel.SMS:
            sender_for(settings).send_notice(ready.to, ready.text, ready.template, ready.values)
        elif (mail := mail_sender_for(settings)) is None:
            _note(ready, MessageState.FAILED, "off")
            return False
        else:
            mail.send(Mail(ready.to, ready.title, ready.text, ready.headers, ready.html))
    except (CodeNotSent, MailNotSent):
        _note(ready, MessageState.WAITING, "not_taken")
        return False
    except (NoticeRefused, MailRefused) as refused:
        _note(ready, MessageState.FAILED, str(refused))
        return False
    _note(ready, MessageState.SENT, "")
    return True


def _note(ready: Ready, state: MessageState, failure: str) -> None:
    with transaction():
        message = db.session.get(
            NoticeMessage, ready.message_id, with_for_update=True, populate_existing=True
        )
        if message is None or message.state is not MessageState.WAITING:
            return
        if state is MessageState.WAITING and message.tries >= MOST_TRIES:
            state = MessageState.FAILED
        _end(message, state, failure)


def _end(message: NoticeMessage, state: MessageState, failure: str) -> None:
    message.state, message.failure = state, failure[:100]
    if state is not MessageState.WAITING:
        message.ended_at = clock.now()
    if state is MessageState.FAILED:
        log.warning("notice not delivered", extra={"message_id": str(message.id)})
    db.session.flush()
