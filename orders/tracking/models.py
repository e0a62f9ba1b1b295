"""What a tracking service last said of each parcel."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKeyConstraint, Index, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.database import Id, Model, Ref, str_enum
from marketplace.language import Text


class TrackingState(StrEnum):
    """Where a parcel stands."""

    UNKNOWN = "unknown"
    COLLECTED = "collected"
    IN_TRANSIT = "in_transit"
    OUT_FOR_DELIVERY = "out_for_delivery"
    DELIVERED = "delivered"
    IN_TROUBLE = "in_trouble"
    RETURNING = "returning"


TRACKING_TITLES: dict[TrackingState, Text] = {
    TrackingState.UNKNOWN: Text("暂无物流信息", "Nothing is known yet"),
    TrackingState.COLLECTED: Text("已揽收", "Collected"),
    TrackingState.IN_TRANSIT: Text("运输中", "On its way"),
    TrackingState.OUT_FOR_DELIVERY: Text("派送中", "Out for delivery"),
    TrackingState.DELIVERED: Text("已签收", "Delivered"),
    TrackingState.IN_TROUBLE: Text("配送异常", "In trouble"),
    TrackingState.RETURNING: Text("退回中", "On its way back"),
}


class Tracking(Model):
    """The course of a parcel; the service sends it whole each time, so the latest replaces it.

    ``course`` lists ``{"at", "text"}``, newest first. It may name the courier's people: for the two
    sides of the sale only.
    """

    __tablename__ = "trackings"
    __table_args__ = (
        UniqueConstraint("cooperative_id", "id"),
        UniqueConstraint("cooperative_id", "parcel_id"),
        ForeignKeyConstraint(
            ["cooperative_id", "parcel_id"], ["parcels.cooperative_id", "parcels.id"]
        ),
        Index("ix_trackings_due", "ask_at", postgresql_where=text("ask_at IS NOT NULL")),
    )

    id: Mapped[Id]
    cooperative_id: Mapped[Ref]
    parcel_id: Mapped[Ref]
    state: Mapped[TrackingState] = mapped_column(
        str_enum(TrackingState), default=TrackingState.UNKNOWN
    )
    course: Mapped[list[dict[str, Any]]] = mapped_column(JSONB, default=list)
    subscribed_at: Mapped[datetime | None]
    # When the service is asked next, because it said nothing of its own; none once delivered.
    ask_at: Mapped[datetime | None]
    told_at: Mapped[datetime | None]
    delivered_at: Mapped[datetime | None]
