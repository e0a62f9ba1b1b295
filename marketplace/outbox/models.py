"""Tables of what happened: waiting to be told, told, and told to some but not yet to others."""

import uuid
from typing import Any

from sqlalchemy import ForeignKeyConstraint, Index, Integer
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.database import Id, Instant, Model, Ref, str_enum
from marketplace.outbox.kinds import EventKind


class Announcement(Model):
    """Something that happened and of which nobody was told yet; written by its cause.

    A queue, not a log: what is told leaves it. It has no position, because a number taken inside
    a transaction says nothing of when that transaction commits.
    """

    __tablename__ = "announcements"

    id: Mapped[Id]
    at: Mapped[Instant]
    kind: Mapped[EventKind] = mapped_column(str_enum(EventKind))
    subject_id: Mapped[Ref]
    account_id: Mapped[uuid.UUID | None]
    cooperative_id: Mapped[uuid.UUID | None]
    buying_unit_id: Mapped[uuid.UUID | None]
    facts: Mapped[dict[str, Any]] = mapped_column(JSONB)


class Event(Model):
    """Something that happened and was told. Ids, states and amounts; never personal data."""

    __tablename__ = "events"
    __table_args__ = (Index(None, "at", postgresql_using="brin"),)

    id: Mapped[Id]
    at: Mapped[Instant]
    kind: Mapped[EventKind] = mapped_column(str_enum(EventKind))
    subject_id: Mapped[Ref]
    # Whom it concerns: the buyer, the seller, the unit bought for.
    account_id: Mapped[uuid.UUID | None]
    cooperative_id: Mapped[uuid.UUID | None]
    buying_unit_id: Mapped[uuid.UUID | None]
    facts: Mapped[dict[str, Any]] = mapped_column(JSONB)


class EventArrear(Model):
    """An event that one listener could not take, to be told it again; the others have it."""

    __tablename__ = "event_arrears"
    __table_args__ = (
        ForeignKeyConstraint(["event_id"], ["events.id"]),
        Index("ix_event_arrears_next_try_at", "next_try_at"),
    )

    event_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    listener: Mapped[str] = mapped_column(primary_key=True)
    tries: Mapped[int] = mapped_column(Integer)
    next_try_at: Mapped[Instant]
    # The kind of error, not its words: those may quote what must not be kept.
    failure: Mapped[str]
