"""Tables of bulk prices and of limits per buyer."""

import uuid
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import (
    CheckConstraint,
    ForeignKeyConstraint,
    Index,
    UniqueConstraint,
    Uuid,
)
from sqlalchemy.orm import Mapped, mapped_column

from marketplace import clock
from marketplace.database import Fen, Id, Model, Ref, str_enum
from marketplace.language import Text


class Period(StrEnum):
    """Over which time a buyer's pieces are summed: a span of the Shanghai calendar, or always."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    YEAR = "year"
    EVER = "ever"

    @property
    def label(self) -> Text:
        """The period's name for people."""
        return _LABELS[self]

    def begins_at(self, at: datetime) -> datetime | None:
        """Return when the period that holds an instant began; None for always."""
        day = clock.shanghai_date(at)
        starts = {
            Period.DAY: day,
            Period.WEEK: day - timedelta(days=day.weekday()),
            Period.MONTH: day.replace(day=1),
            Period.YEAR: day.replace(month=1, day=1),
        }
        start = starts.get(self)
        if start is None:
            return None
        return datetime(start.year, start.month, start.day, tzinfo=clock.SHANGHAI)


_LABELS = {
    Period.DAY: Text("每天", "a day"),
    Period.WEEK: Text("每周", "a week"),
    Period.MONTH: Text("每月", "a month"),
    Period.YEAR: Text("每年", "a year"),
    Period.EVER: Text("总共", "in all"),
}


class PriceStep(Model):
    """The price of one piece from a quantity on, for everybody or for buying units only."""

    __tablename__ = "price_steps"
    __table_args__ = (
        UniqueConstraint("cooperative_id", "sku_id", "is_for_units", "from_quantity"),
        ForeignKeyConstraint(["cooperative_id", "sku_id"], ["skus.cooperative_id", "skus.id"]),
        CheckConstraint("from_quantity > 1 AND price_fen > 0", name="step"),
    )

    id: Mapped[Id]
    cooperative_id: Mapped[Ref]
    sku_id: Mapped[Ref]
    from_quantity: Mapped[int]
    price_fen: Mapped[Fen]
    is_for_units: Mapped[bool]


class BuyerLimit(Model):
    """How many pieces one buyer may order: of a product, or (``sku_id``) of one spec of it.

    In one order, in a period, or both; the buyer is the account, and beside it the buying unit.
    """

    __tablename__ = "buyer_limits"
    __table_args__ = (
        UniqueConstraint(
            "cooperative_id", "product_id", "sku_id", postgresql_nulls_not_distinct=True
        ),
        ForeignKeyConstraint(
            ["cooperative_id", "product_id"], ["products.cooperative_id", "products.id"]
        ),
        ForeignKeyConstraint(["cooperative_id", "sku_id"], ["skus.cooperative_id", "skus.id"]),
        CheckConstraint(
            "num_nonnulls(per_order, per_period) > 0"
            " AND (per_period IS NULL) = (period IS NULL)"
            " AND (per_order IS NULL OR per_order > 0)"
            " AND (per_period IS NULL OR per_period > 0)",
            name="limit",
        ),
        Index("ix_buyer_limits_sku", "cooperative_id", "sku_id"),
    )

    id: Mapped[Id]
    cooperative_id: Mapped[Ref]
    product_id: Mapped[Ref]
    sku_id: Mapped[uuid.UUID | None] = mapped_column(Uuid)
    per_order: Mapped[int | None]
    per_period: Mapped[int | None]
    period: Mapped[Period | None] = mapped_column(str_enum(Period))
