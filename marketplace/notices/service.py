"""Tell people things, each once; what they chose decides which channels carry it."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta

from sqlalchemy import update
from sqlalchemy.dialects.postgresql import insert

from marketplace import clock
from marketplace.database import db
from marketplace.identity.actor import Actor
from marketplace.ids import new_id
from marketplace.language import Text
from marketplace.notices import queries
from marketplace.notices.groups import ALWAYS, Channel, NoticeGroup, is_on_at_first
from marketplace.notices.models import MessageState, Notice, NoticeChoice, NoticeMessage

# What happened longer ago (a worker was down) is read in the inbox and wakes nobody.
NEWS_FOR = timedelta(days=1)
QUIET_FROM, QUIET_UNTIL = time(22), time(8)


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """What is said: short, without personal data; ``link`` is a path of this site.

    ``template`` and ``values`` say the same to a provider of short messages.
    """

    kind: str
    group: NoticeGroup
    title: Text
    text: Text
    link: str
    values: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Telling:
    """Words to one account, because of one event."""

    event_id: uuid.UUID
    account_id: uuid.UUID
    words: Words


def is_news(at: datetime) -> bool:
    """Tell whether what happened at an instant is still worth a message."""
    return at > clock.now() - NEWS_FOR


def tell(tellings: Sequence[Telling], *, is_news: bool = True) -> int:
    """Put words into inboxes and on their way; what was told before is not told again.

    In the transaction of the cause or after it; nothing is sent before that commits. What is no
    news goes to the inbox only. Returns how many notices are new.
    """
    if not tellings:
        return 0
    now = clock.now()
    made = db.session.execute(
        insert(Notice)
        .values([_values(one, now) for one in tellings])
        .on_conflict_do_nothing()
        .returning(Notice.id, Notice.account_id, Notice.event_id, Notice.kind)
    ).all()
    if made and is_news:
        words = {(one.event_id, one.account_id, one.words.kind): one.words for one in tellings}
        _send_out(
            [
                (row.id, row.account_id, words[row.event_id, row.account_id, row.kind])
                for row in made
            ],
            now,
        )
    return len(made)


def _values(one: Telling, now: datetime) -> dict[str, object]:
    words = one.words
    return {
        "id": new_id(),
        "account_id": one.account_id,
        "event_id": one.event_id,
        "kind": words.kind,
        "topic": words.group,
        "title_zh": words.title.zh,
        "title_en": words.title.en,
        "text_zh": words.text.zh,
        "text_en": words.text.en,
        "link": words.link,
        "made_at": now,
    }


def _send_out(made: Sequence[tuple[uuid.UUID, uuid.UUID, Words]], now: datetime) -> None:
    accounts = {account_id for _, account_id, _ in made}
    reachable = queries.list_reachable(accounts)
    chosen = {
        (one.account_id, one.topic, one.channel): one.is_on
        for one in queries.list_choices(accounts)
    }
    messages = []
    for notice_id, account_id, words in made:
        how = reachable.get(account_id)
        for channel in Channel:
            has_one = how is not None and (
                how.has_phone if channel is Channel.SMS else how.has_mail
            )
            key = (account_id, words.group, channel)
            is_wanted = words.group in ALWAYS or chosen.get(
                key, is_on_at_first(words.group, channel)
            )
            if has_one and is_wanted:
                messages.append(
                    NoticeMessage(
                        account_id=account_id,
                        notice_id=notice_id,
                        channel=channel,
                        state=MessageState.WAITING,
                        template=words.kind,
                        template_values=dict(words.values),
                        next_try_at=first_try(channel, now),
                    )
                )
    db.session.add_all(messages)
    db.session.flush()


def first_try(channel: Channel, now: datetime) -> datetime:
    """Return when a message may go out: short messages wake nobody at night (22:00 to 08:00)."""
    local = now.astimezone(clock.SHANGHAI)
    if channel is not Channel.SMS or QUIET_UNTIL <= local.time() < QUIET_FROM:
        return now
    day = local.date() + timedelta(days=1 if local.time() >= QUIET_FROM else 0)
    return datetime.combine(day, QUIET_UNTIL, clock.SHANGHAI)


def tell_security(account_id: uuid.UUID, kind: str, title: Text, text: Text) -> None:
    """Tell somebody that how they sign in was changed, by every channel there is."""
    words = Words(kind=kind, group=NoticeGroup.SECURITY, title=title, text=text, link="/me")
    tell([Telling(new_id(), account_id, words)])


def read_notices(actor: Actor, notice_ids: Sequence[uuid.UUID] | None) -> None:
    """Mark the actor's own notices as read, all of them if none is named."""
    statement = update(Notice).where(queries.visible_to(actor), Notice.read_at.is_(None))
    if notice_ids is not None:
        statement = statement.where(Notice.id.in_(notice_ids))
    db.session.execute(
        statement.values(read_at=clock.now()).execution_options(synchronize_session=False)
    )


def open_notice(actor: Actor, notice_id: uuid.UUID) -> Notice:
    """Return one of the actor's own notices, read from now on."""
    notice = queries.get_notice(actor, notice_id)
    if notice.read_at is None:
        notice.read_at = clock.now()
        db.session.flush()
    return notice


@dataclass(frozen=True, slots=True)
class Choice:
    """Whether a group comes by a channel."""

    group: NoticeGroup
    channel: Channel
    is_on: bool


def list_own_choices(actor: Actor) -> list[Choice]:
    """Return what the actor gets by which channel, of every group that can be chosen."""
    chosen = {
        (one.topic, one.channel): one.is_on for one in queries.list_choices([actor.account_id])
    }
    return [
        Choice(group, channel, chosen.get((group, channel), is_on_at_first(group, channel)))
        for group in NoticeGroup
        if group not in ALWAYS
        for channel in Channel
    ]


def choose(account_id: uuid.UUID, choices: Sequence[Choice]) -> None:
    """Keep what somebody chose; notices about the account's safety cannot be turned off."""
    # Of two words about the same the last one counts; the order keeps two at once from blocking.
    last = {(one.group, one.channel): one.is_on for one in choices if one.group not in ALWAYS}
    values = [
        {"account_id": account_id, "topic": group, "channel": channel, "is_on": is_on}
        for (group, channel), is_on in sorted(last.items())
    ]
    if not values:
        return
    statement = insert(NoticeChoice).values(values)
    db.session.execute(
        statement.on_conflict_do_update(
            index_elements=["account_id", "topic", "channel"],
            set_={"is_on": statement.excluded.is_on},
        )
    )
