"""The table of requisitions: a quote frozen as it was shown, waiting for a second person."""

import uuid
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, Index, LargeBinary, Text, UniqueConstraint, Uuid, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from marketplace import language
from marketplace.database import Fen, Id, Instant, Model, Ref, str_enum


class RequisitionState(StrEnum):
    """Where a requisition stands; approved, refused, withdrawn and expired are its ends."""

    SUBMITTED = "submitted"
    RETURNED = "returned"
    APPROVED = "approved"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"

    @property
    def label(self) -> language.Text:
        """The state's name for people."""
        return _LABELS[self]


_LABELS = {
    RequisitionState.SUBMITTED: language.Text("待审批", "Waiting for approval"),
    RequisitionState.RETURNED: language.Text("退回待确认", "Returned: prices or stock changed"),
    RequisitionState.APPROVED: language.Text("已批准", "Approved"),
    RequisitionState.REFUSED: language.Text("未批准", "Refused"),
    RequisitionState.WITHDRAWN: language.Text("已撤回", "Withdrawn"),
    RequisitionState.EXPIRED: language.Text("已过期", "Expired"),
}
OPEN = frozenset({RequisitionState.SUBMITTED, RequisitionState.RETURNED})


class Requisition(Model):
    """A purchase that a clerk asks for. Who asks never decides: the database holds that too."""

    __tablename__ = "requisitions"
    __table_args__ = (
        UniqueConstraint("buying_unit_id", "id"),
        UniqueConstraint("buying_unit_id", "requisition_no"),
        Index("ix_requisitions_requested_by", "requested_by", "id"),
        Index(
            "ix_requisitions_expires_at",
            "expires_at",
            postgresql_where=text("state in ('submitted', 'returned')"),
        ),
        Index("uq_requisitions_trade_id", "trade_id", unique=True),
        CheckConstraint(
            "state in ('submitted', 'returned', 'approved', 'refused', 'withdrawn', 'expired')",
            name="state",
        ),
        CheckConstraint("decided_by <> requested_by", name="second_person"),
        CheckConstraint(
            "(state in ('approved', 'refused')) = (decided_by is not null)"
            " AND (decided_by is null) = (decided_at is null)"
            " AND (state = 'approved') = (trade_id is not null)"
            " AND (state <> 'refused' OR answer is not null)",
            name="decided",
        ),
    )

    id: Mapped[Id]
    buying_unit_id: Mapped[Ref]
    buying_unit_name: Mapped[str] = mapped_column(Text)
    requisition_no: Mapped[str] = mapped_column(Text)
    state: Mapped[RequisitionState] = mapped_column(str_enum(RequisitionState))
    requested_by: Mapped[Ref]
    requested_at: Mapped[Instant]
    expires_at: Mapped[Instant]
    purpose: Mapped[str] = mapped_column(Text)
    # What to buy, as the quote was asked for, and the quote as it was shown to the clerk.
    request: Mapped[dict[str, Any]] = mapped_column(JSONB)
    shown: Mapped[dict[str, Any]] = mapped_column(JSONB)
    quote_digest: Mapped[str] = mapped_column(Text)
    total_fen: Mapped[Fen]
    # Recipient, telephone and street, sealed as they will stand on the orders.
    ship_to: Mapped[bytes] = mapped_column(LargeBinary)
    decided_by: Mapped[uuid.UUID | None] = mapped_column(Uuid)
    decided_at: Mapped[datetime | None]
    # Why it was refused, or what had changed when it was returned.
    answer: Mapped[str | None] = mapped_column(Text)
    trade_id: Mapped[uuid.UUID | None] = mapped_column(Uuid)
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 - read by SQLAlchemy as it stands
