"""The table of applications to change an order's attribution."""

import uuid
from datetime import datetime
from enum import StrEnum

from sqlalchemy import (
    CheckConstraint,
    ForeignKeyConstraint,
    Index,
    Text,
    UniqueConstraint,
    Uuid,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.database import Id, Instant, Model, Ref, str_enum
from marketplace.language import Text as Words
from orders.trades.models import AttributionSource


class ChangeState(StrEnum):
    """Where an application stands."""

    APPLIED = "applied"
    APPROVED = "approved"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"

    @property
    def label(self) -> Words:
        """The state's name for people."""
        return _LABELS[self]


_LABELS = {
    ChangeState.APPLIED: Words("待对口办审核", "waiting for the office"),
    ChangeState.APPROVED: Words("已同意", "approved"),
    ChangeState.REFUSED: Words("未同意", "refused"),
    ChangeState.WITHDRAWN: Words("已撤回", "withdrawn"),
}


class AttributionChange(Model):
    """One application: from whom, to whom, why; and what the office said.

    ``decided_in`` is the region whose office decides: the one that the order counts for now, or,
    where no office answers for that, the one it would count for.
    """

    __tablename__ = "attribution_changes"
    __table_args__ = (
        UniqueConstraint("cooperative_id", "id"),
        ForeignKeyConstraint(
            ["cooperative_id", "order_id"], ["orders.cooperative_id", "orders.id"]
        ),
        Index("ix_attribution_changes_order", "cooperative_id", "order_id"),
        Index(
            "uq_attribution_changes_open",
            "cooperative_id",
            "order_id",
            unique=True,
            postgresql_where=text("state = 'applied'"),
        ),
        Index(
            "ix_attribution_changes_waiting",
            "decided_in",
            "id",
            postgresql_where=text("state = 'applied'"),
        ),
        CheckConstraint(
            "(state IN ('approved', 'refused')) = (decided_by IS NOT NULL)", name="decided"
        ),
        CheckConstraint("decided_by <> applied_by", name="two_people"),
    )

    id: Mapped[Id]
    cooperative_id: Mapped[Ref]
    order_id: Mapped[Ref]
    state: Mapped[ChangeState] = mapped_column(str_enum(ChangeState))
    from_unit_name: Mapped[str | None] = mapped_column(Text)
    from_code: Mapped[str | None] = mapped_column(Text)
    to_source: Mapped[AttributionSource] = mapped_column(str_enum(AttributionSource))
    to_unit_id: Mapped[uuid.UUID | None] = mapped_column(Uuid)
    to_unit_name: Mapped[str | None] = mapped_column(Text)
    to_unit_kind: Mapped[str | None] = mapped_column(Text)
    to_unit_is_budget: Mapped[bool]
    to_code: Mapped[str] = mapped_column(Text)
    reason: Mapped[str] = mapped_column(Text)
    applied_by: Mapped[Ref]
    applied_at: Mapped[Instant]
    decided_in: Mapped[str] = mapped_column(Text)
    note: Mapped[str | None] = mapped_column(Text)
    decided_by: Mapped[uuid.UUID | None] = mapped_column(Uuid)
    decided_at: Mapped[datetime | None]
