"""Parcels of an order and what is in them."""

import uuid

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKeyConstraint,
    Index,
    Text,
    UniqueConstraint,
    Uuid,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.database import Id, Instant, Model, Ref


class Parcel(Model):
    """A parcel handed to a courier, known by the courier's waybill number."""

    __tablename__ = "parcels"
    __table_args__ = (
        UniqueConstraint("cooperative_id", "id"),
        UniqueConstraint("cooperative_id", "courier_code", "waybill_no"),
        ForeignKeyConstraint(
            ["cooperative_id", "order_id"], ["orders.cooperative_id", "orders.id"]
        ),
        ForeignKeyConstraint(
            ["cooperative_id", "case_id"],
            ["aftersales_cases.cooperative_id", "aftersales_cases.id"],
        ),
        Index("ix_parcels_order", "cooperative_id", "order_id"),
        Index(
            "ix_parcels_case",
            "cooperative_id",
            "case_id",
            postgresql_where=text("case_id IS NOT NULL"),
        ),
    )

    id: Mapped[Id]
    cooperative_id: Mapped[Ref]
    order_id: Mapped[Ref]
    courier_code: Mapped[str] = mapped_column(Text)
    waybill_no: Mapped[str] = mapped_column(Text)
    shipped_at: Mapped[Instant]
    shipped_by: Mapped[uuid.UUID | None] = mapped_column(Uuid)
    # The exchange whose replacement it holds; what it holds is not shipped of the order itself.
    case_id: Mapped[uuid.UUID | None] = mapped_column(Uuid)


class ParcelLine(Model):
    """How much of an order line a parcel holds."""

    __tablename__ = "parcel_lines"
    __table_args__ = (
        UniqueConstraint("cooperative_id", "id"),
        UniqueConstraint("cooperative_id", "parcel_id", "order_line_id"),
        ForeignKeyConstraint(
            ["cooperative_id", "parcel_id"], ["parcels.cooperative_id", "parcels.id"]
        ),
        ForeignKeyConstraint(
            ["cooperative_id", "order_line_id"], ["order_lines.cooperative_id", "order_lines.id"]
        ),
        Index("ix_parcel_lines_order_line", "cooperative_id", "order_line_id"),
        CheckConstraint("quantity > 0", name="quantity"),
    )

    id: Mapped[Id]
    cooperative_id: Mapped[Ref]
    parcel_id: Mapped[Ref]
    order_line_id: Mapped[Ref]
    quantity: Mapped[int] = mapped_column(BigInteger)
