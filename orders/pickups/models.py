"""Tables of orders kept at pick-up points, and of cooperatives' words on points."""

import uuid
from datetime import datetime
from enum import StrEnum

from sqlalchemy import (
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    LargeBinary,
    Text,
    UniqueConstraint,
    Uuid,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from marketplace import language
from marketplace.database import Id, Instant, Model, Ref, str_enum
from orders.trades.states import PickupState


class Pickup(Model):
    """The stay at a point of an order, or of a replacement, with the point as its buyer was shown it."""

    __tablename__ = "pickups"
    __table_args__ = (
        UniqueConstraint("cooperative_id", "id"),
        UniqueConstraint("cooperative_id", "case_id"),
        ForeignKeyConstraint(
            ["cooperative_id", "order_id"], ["orders.cooperative_id", "orders.id"]
        ),
        ForeignKeyConstraint(
            ["cooperative_id", "case_id"],
            ["aftersales_cases.cooperative_id", "aftersales_cases.id"],
        ),
        Index(
            "ix_pickups_own",
            "cooperative_id",
            "order_id",
            unique=True,
            postgresql_where=text("case_id IS NULL"),
        ),
        Index("ix_pickups_point", "pickup_point_id", "state", "id"),
        Index("ix_pickups_order", "order_id"),
        Index("ix_pickups_due", "due_at", postgresql_where=text("state = 'arrived'")),
    )

    id: Mapped[Id]
    cooperative_id: Mapped[Ref]
    order_id: Mapped[Ref]
    # The exchange whose replacement it is; None for what was ordered.
    case_id: Mapped[uuid.UUID | None] = mapped_column(Uuid)
    pickup_point_id: Mapped[Ref] = mapped_column(ForeignKey("pickup_points.id"))
    state: Mapped[PickupState] = mapped_column(str_enum(PickupState))
    point_name: Mapped[str] = mapped_column(Text)
    point_address: Mapped[str] = mapped_column(Text)
    point_hours: Mapped[str] = mapped_column(Text)
    # What the buyer shows at the point, sealed; made when something arrives, gone when it is collected.
    code: Mapped[bytes | None] = mapped_column(LargeBinary)
    # Wrong codes in a row, and until when none is looked at.
    tries: Mapped[int] = mapped_column(default=0, server_default=text("0"))
    tries_again_at: Mapped[datetime | None]
    arrived_at: Mapped[datetime | None]
    # Until when it is kept; the clock acts then.
    due_at: Mapped[datetime | None]
    reminded_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    # Who handed it out; None where the buyer or the clock ended it.
    handed_out_by: Mapped[uuid.UUID | None] = mapped_column(Uuid)
    changed_at: Mapped[Instant]


class PickupParcel(Model):
    """A parcel that has come to its point, until it is handed out or goes back."""

    __tablename__ = "pickup_parcels"
    __table_args__ = (
        UniqueConstraint("cooperative_id", "id"),
        UniqueConstraint("cooperative_id", "parcel_id"),
        ForeignKeyConstraint(
            ["cooperative_id", "pickup_id"], ["pickups.cooperative_id", "pickups.id"]
        ),
        ForeignKeyConstraint(
            ["cooperative_id", "parcel_id"], ["parcels.cooperative_id", "parcels.id"]
        ),
        Index("ix_pickup_parcels_pickup", "cooperative_id", "pickup_id"),
    )

    id: Mapped[Id]
    cooperative_id: Mapped[Ref]
    pickup_id: Mapped[Ref]
    parcel_id: Mapped[Ref]
    arrived_at: Mapped[Instant]
    arrived_by: Mapped[uuid.UUID | None] = mapped_column(Uuid)
    left_at: Mapped[datetime | None]


class PickupRule(StrEnum):
    """What a cooperative says of a point; unsaid, it sends there by its freight templates."""

    BY_TEMPLATE = "by_template"
    FREE = "free"
    NOT_SERVED = "not_served"

    @property
    def label(self) -> language.Text:
        """The rule for people."""
        return _RULE_LABELS[self]


_RULE_LABELS = {
    PickupRule.BY_TEMPLATE: language.Text("按运费模板收运费", "Freight by the template"),
    PickupRule.FREE: language.Text("免运费", "Free of freight"),
    PickupRule.NOT_SERVED: language.Text("不送到这里", "Nothing is sent there"),
}


class PickupTerms(Model):
    """A cooperative's word on a point, where it differs from the usual."""

    __tablename__ = "pickup_terms"
    __table_args__ = (
        UniqueConstraint("cooperative_id", "id"),
        UniqueConstraint("cooperative_id", "pickup_point_id"),
        Index("ix_pickup_terms_point", "pickup_point_id"),
    )

    id: Mapped[Id]
    cooperative_id: Mapped[Ref]
    pickup_point_id: Mapped[Ref] = mapped_column(ForeignKey("pickup_points.id"))
    rule: Mapped[PickupRule] = mapped_column(str_enum(PickupRule))
    changed_at: Mapped[Instant]
