"""Tables of notices: the inbox, what is to be sent of it, what people chose, and their e-mail."""

import uuid
from datetime import datetime
from enum import StrEnum

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.database import Id, Instant, Model, Ref, str_enum
from marketplace.language import Text
from marketplace.notices.groups import Channel, NoticeGroup


class MessageState(StrEnum):
    """How sending stands."""

    WAITING = "waiting"
    SENT = "sent"
    FAILED = "failed"


class Notice(Model):
    """One thing told to one account, once; kept as it was said, in both languages."""

    __tablename__ = "notices"
    __table_args__ = (
        UniqueConstraint("account_id", "id"),
        UniqueConstraint("account_id", "event_id", "kind"),
        Index("ix_notices_account_id_made_at", "account_id", "made_at"),
        Index("ix_notices_unread", "account_id", postgresql_where=text("read_at is null")),
        Index("ix_notices_made_at", "made_at", postgresql_using="brin"),
    )

    id: Mapped[Id]
    account_id: Mapped[Ref] = mapped_column(ForeignKey("accounts.id"))
    # What it follows from: an event, or an id made for the occasion.
    event_id: Mapped[Ref]
    kind: Mapped[str]
    topic: Mapped[NoticeGroup] = mapped_column(str_enum(NoticeGroup))
    title_zh: Mapped[str]
    title_en: Mapped[str]
    text_zh: Mapped[str]
    text_en: Mapped[str]
    link: Mapped[str]
    made_at: Mapped[Instant]
    read_at: Mapped[datetime | None]

    @property
    def title(self) -> Text:
        return Text(self.title_zh, self.title_en)

    @property
    def text(self) -> Text:
        return Text(self.text_zh, self.text_en)


class NoticeMessage(Model):
    """A notice on its way by a channel; at most one for each."""

    __tablename__ = "notice_messages"
    __table_args__ = (
        UniqueConstraint("account_id", "id"),
        UniqueConstraint("account_id", "notice_id", "channel"),
        ForeignKeyConstraint(
            ["account_id", "notice_id"], ["notices.account_id", "notices.id"], ondelete="CASCADE"
        ),
        Index("ix_notice_messages_due", "next_try_at",
              postgresql_where=text("state = 'waiting'")),
        Index("ix_notice_messages_failed", "id", postgresql_where=text("state = 'failed'")),
        CheckConstraint("channel in ('sms', 'email')", name="channel"),
        CheckConstraint("state in ('waiting', 'sent', 'failed')", name="state"),
    )  # fmt: skip

    id: Mapped[Id]
    account_id: Mapped[Ref]
    notice_id: Mapped[Ref]
    channel: Mapped[Channel] = mapped_column(str_enum(Channel))
    state: Mapped[MessageState] = mapped_column(str_enum(MessageState))
    # What a provider of short messages needs that takes approved templates only.
    template: Mapped[str]
    template_values: Mapped[dict[str, str]] = mapped_column(JSONB)
    tries: Mapped[int] = mapped_column(Integer, default=0)
    next_try_at: Mapped[Instant]
    ended_at: Mapped[datetime | None]
    failure: Mapped[str] = mapped_column(default="")


class NoticeChoice(Model):
    """Whether an account wants a group of notices by a channel; no row: as at first."""

    __tablename__ = "notice_choices"
    __table_args__ = (CheckConstraint("channel in ('sms', 'email')", name="channel"),)

    account_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("accounts.id"), primary_key=True)
    topic: Mapped[NoticeGroup] = mapped_column(str_enum(NoticeGroup), primary_key=True)
    channel: Mapped[Channel] = mapped_column(str_enum(Channel), primary_key=True)
    is_on: Mapped[bool]


class MailAddress(Model):
    """The e-mail address of an account; used once its owner followed the link that was sent there."""

    __tablename__ = "mail_addresses"
    __table_args__ = (Index(None, "address_index"),)

    account_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("accounts.id"), primary_key=True)
    address_sealed: Mapped[bytes] = mapped_column(LargeBinary)
    address_index: Mapped[bytes] = mapped_column(LargeBinary)
    token_digest: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    asked_at: Mapped[Instant]
    # How often a link was sent since the count began, and when that was: nobody floods a stranger.
    asked_times: Mapped[int] = mapped_column(Integer)
    counted_at: Mapped[Instant]
    confirmed_at: Mapped[datetime | None]
