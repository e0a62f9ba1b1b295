"""The table of recounts."""

from datetime import date
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.database import Id, Instant, Model, Ref, str_enum
from marketplace.language import Text
from partners.credits.rules import Scheme


class RecountState(StrEnum):
    """Where a recount stands; once posted it is history like any other movement."""

    PROPOSED = "proposed"
    APPROVED = "approved"
    POSTED = "posted"
    WITHDRAWN = "withdrawn"

    @property
    def label(self) -> Text:
        """The state's name for people."""
        return _STATE_LABELS[self]


_STATE_LABELS = {
    RecountState.PROPOSED: Text("待批准", "waiting for approval"),
    RecountState.APPROVED: Text("已批准，正在入账", "approved, being posted"),
    RecountState.POSTED: Text("已入账", "posted"),
    RecountState.WITHDRAWN: Text("已撤回", "withdrawn"),
}


class Recount(Model):
    """A run over the sales of some days under one scheme; both days included."""

    __tablename__ = "recounts"
    __table_args__ = (
        CheckConstraint("first_on <= last_on", name="range"),
        CheckConstraint("approved_by <> proposed_by", name="two_people"),
    )

    id: Mapped[Id]
    scheme: Mapped[Scheme] = mapped_column(str_enum(Scheme))
    first_on: Mapped[date]
    last_on: Mapped[date]
    document: Mapped[str]
    note: Mapped[str]
    state: Mapped[RecountState] = mapped_column(str_enum(RecountState))
    proposed_by: Mapped[Ref]
    proposed_at: Mapped[Instant]
    approved_by: Mapped[UUID | None]
    approved_at: Mapped[Instant | None]
    posted_at: Mapped[Instant | None]
    changed_count: Mapped[int | None]
