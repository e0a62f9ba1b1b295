"""E-mail addresses of accounts: written down, confirmed by a link sent there, removed."""

import uuid
from datetime import timedelta

from flask import current_app
from sqlalchemy import delete
from sqlalchemy.dialects.postgresql import insert

from marketplace import audit, clock, secrets
from marketplace.database import db, transaction
from marketplace.identity import queries as identity
from marketplace.identity.actor import Actor
from marketplace.language import Text
from marketplace.mail import Mail, MailNotSent, MailRefused, mail_sender_for
from marketplace.notices import links, queries
from marketplace.notices.errors import (
    MailAskedTooOften,
    MailLinkOver,
    MailNotOffered,
    MailNotTaken,
)
from marketplace.notices.models import MailAddress

LINK_GOOD_FOR = timedelta(days=1)
LINKS_A_DAY = 3
SUBJECT = Text("请确认您的邮箱", "Please confirm your e-mail address")
TEXT = Text(
    "有人在结对集市把这个邮箱填为通知邮箱。如果是您，请打开下面的链接并点“确认”（24 小时内有效）：\n\n{link}\n\n"
    "如果不是您，不用理会，我们不会再发。\n",
    "Somebody gave this address for notices of Jiedui. If it was you, open this link within a day and"
    " confirm:\n\n{link}\n\nIf it was not, do nothing, and nothing more will be sent.\n",
)


def is_offered() -> bool:
    """Tell whether this site sends e-mail."""
    return bool(current_app.config["SETTINGS"].mail_sender)


def ask_to_confirm(actor: Actor, address: str) -> None:
    """Write an address down and send it a link. Steps: the row is committed before anything is sent.

    Raises MailNotOffered, MailAskedTooOften, MailNotTaken.
    """
    sender = mail_sender_for(current_app.config["SETTINGS"])
    if sender is None:
        raise MailNotOffered
    with transaction():
        token = _write_down(actor.account_id, address)
        language = identity.get_account(actor.account_id).language
    text = TEXT.format(link=links.absolute(links.confirmation_path(token)))
    said = (SUBJECT.en, text.en) if language == "en" else (SUBJECT.zh, text.zh)
    try:
        sender.send(Mail(address, *said))
    except (MailNotSent, MailRefused) as error:
        raise MailNotTaken from error


def _write_down(account_id: uuid.UUID, address: str) -> str:
    now, token = clock.now(), secrets.token()
    index = secrets.blind_index(f"mail:{address.lower()}")
    # Those who ask for the same address follow each other, so that the count holds.
    identity.lock_index(index)
    own = queries.find_mail(account_id)
    is_same_day = own is not None and own.counted_at > now - timedelta(days=1)
    asked = own.asked_times if own is not None and is_same_day else 0
    others = queries.count_asked(index, now - timedelta(days=1))
    if max(asked, others) >= LINKS_A_DAY:
        raise MailAskedTooOften
    values = {
        "account_id": account_id,
        "address_sealed": secrets.seal(address),
        "address_index": index,
        "token_digest": secrets.digest(token),
        "asked_at": now,
        "asked_times": asked + 1,
        "counted_at": own.counted_at if own is not None and is_same_day else now,
        "confirmed_at": None,
    }
    statement = insert(MailAddress).values(values)
    changed = {name: value for name, value in values.items() if name != "account_id"}
    db.session.execute(statement.on_conflict_do_update(index_elements=["account_id"], set_=changed))
    return token


def check_link(token: str) -> None:
    """Raise MailLinkOver unless a link may still confirm its address."""
    _find(token)


def confirm(token: str) -> None:
    """Use an address from now on: whoever has the link reads its mail. Raises MailLinkOver."""
    found = _find(token)
    found.confirmed_at = clock.now()
    db.session.flush()
    audit.record("mail.confirm", "account", found.account_id, actor=Actor(id=found.account_id))


def _find(token: str) -> MailAddress:
    since = clock.now() - LINK_GOOD_FOR
    found = queries.find_mail_by_token(secrets.digest(token), since)
    if found is None:
        raise MailLinkOver
    return found


def remove(actor: Actor) -> None:
    """Forget the actor's address."""
    mine = MailAddress.account_id == actor.account_id
    db.session.execute(delete(MailAddress).where(mine))
    audit.record("mail.remove", "account", actor.account_id, actor=actor)
