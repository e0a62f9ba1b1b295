"""Tables of endpoints, of what is to be delivered to them, and of each try."""

import uuid
from datetime import datetime
from enum import StrEnum

from sqlalchemy import (
    CheckConstraint,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.types import Text as TextType

from marketplace.database import Id, Instant, Model, Ref, str_enum
from marketplace.language import Text
from marketplace.permissions import ScopeKind


class EndpointState(StrEnum):
    """Whether anything is delivered; a removed one is kept for its log."""

    ACTIVE = "active"
    PAUSED = "paused"
    REMOVED = "removed"


class PauseReason(StrEnum):
    """Why nothing is delivered."""

    BY_HAND = "by_hand"
    FAILING = "failing"
    GONE = "gone"


class DeliveryState(StrEnum):
    """Whether the other side has taken it. ``failed``: nobody tries any more."""

    WAITING = "waiting"
    DELIVERED = "delivered"
    FAILED = "failed"

    @property
    def label(self) -> Text:
        """The state's name for people."""
        return _STATE_LABELS[self]


_STATE_LABELS = {
    DeliveryState.WAITING: Text("待送达", "Waiting"),
    DeliveryState.DELIVERED: Text("已送达", "Delivered"),
    DeliveryState.FAILED: Text("未送达", "Failed"),
}


class Endpoint(Model):
    """Where one cooperative, buying unit or the platform's own storefront wants to be told."""

    __tablename__ = "webhook_endpoints"
    __table_args__ = (
        CheckConstraint("(scope_kind = 'platform') = (scope_id IS NULL)", name="scope"),
        CheckConstraint("(state = 'paused') = (paused_at IS NOT NULL)", name="paused"),
        CheckConstraint(
            "(previous_secret IS NULL) = (previous_secret_ends_at IS NULL)", name="previous_secret"
        ),
        Index("ix_webhook_endpoints_scope", "scope_kind", "scope_id"),
    )

    id: Mapped[Id]
    scope_kind: Mapped[ScopeKind] = mapped_column(str_enum(ScopeKind))
    scope_id: Mapped[uuid.UUID | None]
    label: Mapped[str]
    url: Mapped[str]
    kinds: Mapped[list[str]] = mapped_column(ARRAY(TextType))
    state: Mapped[EndpointState] = mapped_column(str_enum(EndpointState))
    # Sealed; the one before stays valid for a while after a rotation.
    secret: Mapped[bytes] = mapped_column(LargeBinary)
    previous_secret: Mapped[bytes | None] = mapped_column(LargeBinary)
    previous_secret_ends_at: Mapped[datetime | None]
    created_by: Mapped[Ref]
    created_at: Mapped[Instant]
    paused_at: Mapped[datetime | None]
    pause_reason: Mapped[PauseReason | None] = mapped_column(str_enum(PauseReason))
    # Since when nothing at all was taken, and how often in a row.
    first_failed_at: Mapped[datetime | None]
    failures: Mapped[int] = mapped_column(Integer, default=0)
    # Not to be called before: it did not answer, or asked for patience.
    rest_ends_at: Mapped[datetime | None]


class Delivery(Model):
    """One event for one endpoint; without an event, a test."""

    __tablename__ = "webhook_deliveries"
    __table_args__ = (
        UniqueConstraint("endpoint_id", "id"),
        UniqueConstraint("endpoint_id", "event_id"),
        ForeignKeyConstraint(["endpoint_id"], ["webhook_endpoints.id"]),
        ForeignKeyConstraint(["event_id"], ["events.id"]),
        Index("ix_webhook_deliveries_event_id", "event_id"),
        Index("ix_webhook_deliveries_log", "endpoint_id", "created_at", "id"),
        Index(
            "ix_webhook_deliveries_due",
            "endpoint_id",
            "next_try_at",
            "id",
            postgresql_where=text("state = 'waiting'"),
        ),
        CheckConstraint("(state = 'waiting') = (ended_at IS NULL)", name="ended"),
    )

    id: Mapped[Id]
    endpoint_id: Mapped[Ref]
    event_id: Mapped[uuid.UUID | None]
    state: Mapped[DeliveryState] = mapped_column(str_enum(DeliveryState))
    created_at: Mapped[Instant]
    tries: Mapped[int] = mapped_column(Integer, default=0)
    next_try_at: Mapped[Instant]
    gives_up_at: Mapped[Instant]
    # Being sent by a worker; one that dies leaves it to be sent again after this.
    lease_ends_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]


class DeliveryAttempt(Model):
    """One try: what came back, or what went wrong."""

    __tablename__ = "webhook_attempts"
    __table_args__ = (
        ForeignKeyConstraint(
            ["endpoint_id", "delivery_id"],
            ["webhook_deliveries.endpoint_id", "webhook_deliveries.id"],
        ),
        Index("ix_webhook_attempts_delivery", "endpoint_id", "delivery_id"),
    )

    id: Mapped[Id]
    endpoint_id: Mapped[Ref]
    delivery_id: Mapped[Ref]
    at: Mapped[Instant]
    duration_ms: Mapped[int]
    status: Mapped[int | None] = mapped_column(Integer)
    failure: Mapped[str | None]
    # The beginning of the answer, as text.
    answer: Mapped[str]
