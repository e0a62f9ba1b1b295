"""The table of recoveries: what an applicant says, sealed, and what came of it."""

import uuid
from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, Index, LargeBinary, Text, UniqueConstraint, Uuid, text
from sqlalchemy.orm import Mapped, mapped_column

from marketplace import language
from marketplace.database import Id, Instant, Model, str_enum


class RecoveryState(StrEnum):
    """Where a recovery stands: read by an officer, waiting out its notice, or over."""

    SUBMITTED = "submitted"
    APPROVED = "approved"
    COMPLETED = "completed"
    REFUSED = "refused"
    STOPPED = "stopped"

    @property
    def label(self) -> language.Text:
        """The state's name for people."""
        return _LABELS[self]


_LABELS = {
    RecoveryState.SUBMITTED: language.Text("待核实", "Being checked"),
    RecoveryState.APPROVED: language.Text("公示期内", "Approved; the notice is running"),
    RecoveryState.COMPLETED: language.Text("已找回", "Done"),
    RecoveryState.REFUSED: language.Text("未通过", "Refused"),
    RecoveryState.STOPPED: language.Text("已停止", "Stopped"),
}


class Recovery(Model):
    """Somebody asks for an account whose number is lost. Nothing of the person is readable here."""

    __tablename__ = "recoveries"
    __table_args__ = (
        UniqueConstraint("recovery_no"),
        Index(
            "uq_recoveries_open",
            "new_phone_index",
            unique=True,
            postgresql_where=text("state in ('submitted', 'approved')"),
        ),
        Index("ix_recoveries_old_phone_index", "old_phone_index", "submitted_at"),
        Index("ix_recoveries_address_index", "address_index", "submitted_at"),
        Index(
            "uq_recoveries_running",
            "account_id",
            unique=True,
            postgresql_where=text("state = 'approved'"),
        ),
        CheckConstraint(
            "state in ('submitted', 'approved', 'completed', 'refused', 'stopped')", name="state"
        ),
        CheckConstraint(
            "(state = 'submitted') = (decided_by is null)"
            " AND (decided_by is null) = (decided_at is null)"
            " AND (state in ('approved', 'completed', 'stopped')) = (account_id is not null)"
            " AND (account_id is null) = (completes_at is null)"
            " AND (state <> 'refused' OR answer is not null)",
            name="decided",
        ),
        CheckConstraint("decided_by <> account_id", name="not_ones_own"),
    )

    id: Mapped[Id]
    recovery_no: Mapped[str] = mapped_column(Text)
    state: Mapped[RecoveryState] = mapped_column(str_enum(RecoveryState))
    # Both numbers and every statement of the applicant.
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    old_phone_index: Mapped[bytes] = mapped_column(LargeBinary)
    new_phone_index: Mapped[bytes] = mapped_column(LargeBinary)
    address_index: Mapped[bytes] = mapped_column(LargeBinary)
    submitted_at: Mapped[Instant]
    # The account that the officer found, once there is one: a link across owners, no foreign key.
    account_id: Mapped[uuid.UUID | None] = mapped_column(Uuid)
    decided_by: Mapped[uuid.UUID | None] = mapped_column(Uuid)
    decided_at: Mapped[datetime | None]
    answer: Mapped[str | None] = mapped_column(Text)
    completes_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 - read by SQLAlchemy as it stands
