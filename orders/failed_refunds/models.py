"""The table of refunds paid by other means: what one officer recorded and another confirmed."""

import uuid
from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Index, Text, Uuid, text
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.database import Day, Id, Instant, Model, Ref, str_enum


class SettlementState(StrEnum):
    """Whether a second officer has seen the evidence."""

    RECORDED = "recorded"
    CONFIRMED = "confirmed"
    REJECTED = "rejected"


class RefundSettlement(Model):
    """A refund that was paid out of the bank account, because its provider would not.

    The evidence is a file; its digest here tells whether it is still the one that was looked at.
    """

    __tablename__ = "refund_settlements"
    __table_args__ = (
        ForeignKeyConstraint(["account_id", "refund_id"], ["refunds.account_id", "refunds.id"]),
        Index(
            "uq_refund_settlements_refund",
            "account_id",
            "refund_id",
            unique=True,
            postgresql_where=text("state <> 'rejected'"),
        ),
        # The bank's own number: one payment settles one refund.
        Index(
            "uq_refund_settlements_bank_serial",
            "bank_serial",
            unique=True,
            postgresql_where=text("state <> 'rejected'"),
        ),
        CheckConstraint("(state = 'recorded') = (decided_by IS NULL)", name="decided"),
        CheckConstraint("(decided_at IS NULL) = (decided_by IS NULL)", name="decider"),
        CheckConstraint("state <> 'confirmed' OR decided_by <> recorded_by", name="two_officers"),
    )

    id: Mapped[Id]
    account_id: Mapped[Ref]
    refund_id: Mapped[Ref]
    state: Mapped[SettlementState] = mapped_column(str_enum(SettlementState))
    bank_serial: Mapped[str] = mapped_column(Text)
    paid_on: Mapped[Day]
    note: Mapped[str] = mapped_column(Text)
    digest: Mapped[str] = mapped_column(Text)
    content_type: Mapped[str] = mapped_column(Text)
    recorded_by: Mapped[Ref]
    recorded_at: Mapped[Instant]
    decided_by: Mapped[uuid.UUID | None] = mapped_column(Uuid)
    decided_at: Mapped[datetime | None]
