"""Tables of terms of paying later, their changes, what units owe, and what was repaid."""

import uuid
from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import (
    CheckConstraint,
    ForeignKeyConstraint,
    Index,
    Integer,
    Text,
    UniqueConstraint,
    Uuid,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.database import Fen, Id, Instant, Model, Ref, str_enum

DUE_DAYS, GRACE_DAYS = 30, 15
# Public bodies pay small suppliers within 30 days, by agreement within 60 at most.
LONGEST_DUE_DAYS = 60


class ChangeState(StrEnum):
    """Whether a second officer has agreed."""

    PROPOSED = "proposed"
    CONFIRMED = "confirmed"
    REJECTED = "rejected"


class ReminderStage(StrEnum):
    """How far a debt has come, each stage noted once."""

    DUE_SOON = "due_soon"
    DUE = "due"
    OVERDUE = "overdue"
    GRACE_OVER = "grace_over"
    LONG_OVERDUE = "long_overdue"


class PayLaterTerms(Model):
    """Up to how much a unit may owe, and for how long; a limit of nothing ends it."""

    __tablename__ = "pay_later_terms"
    __table_args__ = (
        UniqueConstraint("buying_unit_id", "id"),
        UniqueConstraint("buying_unit_id"),
        CheckConstraint("limit_fen >= 0 AND due_days BETWEEN 1 AND 60", name="limit"),
        CheckConstraint("grace_days BETWEEN 0 AND 60", name="grace"),
    )

    id: Mapped[Id]
    buying_unit_id: Mapped[Ref]
    limit_fen: Mapped[Fen]
    due_days: Mapped[int] = mapped_column(Integer)
    grace_days: Mapped[int] = mapped_column(Integer)
    changed_at: Mapped[Instant]


class TermsChange(Model):
    """New terms that one officer proposes and another one grants."""

    __tablename__ = "pay_later_changes"
    __table_args__ = (
        UniqueConstraint("buying_unit_id", "id"),
        Index(
            "uq_pay_later_changes_open",
            "buying_unit_id",
            unique=True,
            postgresql_where=text("state = 'proposed'"),
        ),
        CheckConstraint("limit_fen >= 0 AND due_days BETWEEN 1 AND 60", name="limit"),
        CheckConstraint("grace_days BETWEEN 0 AND 60", name="grace"),
        CheckConstraint("(state = 'proposed') = (decided_by IS NULL)", name="decided"),
        CheckConstraint("(decided_at IS NULL) = (decided_by IS NULL)", name="decider"),
        CheckConstraint("state <> 'confirmed' OR decided_by <> proposed_by", name="two_officers"),
    )

    id: Mapped[Id]
    buying_unit_id: Mapped[Ref]
    limit_fen: Mapped[Fen]
    due_days: Mapped[int] = mapped_column(Integer)
    grace_days: Mapped[int] = mapped_column(Integer)
    reason: Mapped[str] = mapped_column(Text)
    state: Mapped[ChangeState] = mapped_column(str_enum(ChangeState))
    proposed_by: Mapped[Ref]
    proposed_at: Mapped[Instant]
    decided_by: Mapped[uuid.UUID | None] = mapped_column(Uuid)
    decided_at: Mapped[datetime | None]


class Receivable(Model):
    """What a unit owes for one order whose goods came first.

    ``owed``: the amount less refunds, less money that came and was not given back. It never falls
    below zero: a refund of what was paid already gives money back instead.
    """

    __tablename__ = "receivables"
    __table_args__ = (
        UniqueConstraint("buying_unit_id", "id"),
        UniqueConstraint("buying_unit_id", "order_id"),
        Index("ix_receivables_order_id", "order_id"),
        Index("ix_receivables_trade_id", "trade_id"),
        Index("ix_receivables_due", "due_on", postgresql_where=text("settled_at IS NULL")),
        CheckConstraint(
            "amount_fen > 0 AND reduced_fen BETWEEN 0 AND amount_fen AND paid_fen >= 0"
            " AND returned_fen BETWEEN 0 AND paid_fen"
            " AND amount_fen - reduced_fen - paid_fen + returned_fen >= 0",
            name="amounts",
        ),
        CheckConstraint(
            "(settled_at IS NOT NULL) = (amount_fen - reduced_fen - paid_fen + returned_fen = 0)",
            name="settled",
        ),
        CheckConstraint(
            "written_off_fen >= 0 AND recovered_fen >= 0"
            " AND (written_off_at IS NOT NULL OR (written_off_fen = 0 AND recovered_fen = 0))"
            " AND (written_off_at IS NULL OR written_off_fen - recovered_fen"
            " = amount_fen - reduced_fen - paid_fen + returned_fen)",
            name="written_off",
        ),
    )

    id: Mapped[Id]
    buying_unit_id: Mapped[Ref]
    # The sale that it comes from, whose rows have other owners.
    order_id: Mapped[Ref]
    trade_id: Mapped[Ref]
    cooperative_id: Mapped[Ref]
    amount_fen: Mapped[Fen]
    reduced_fen: Mapped[Fen] = mapped_column(default=0)
    paid_fen: Mapped[Fen] = mapped_column(default=0)
    returned_fen: Mapped[Fen] = mapped_column(default=0)
    due_days: Mapped[int] = mapped_column(Integer)
    grace_days: Mapped[int] = mapped_column(Integer)
    released_at: Mapped[Instant]
    # Counted from the acceptance of the goods: nothing is due before.
    due_on: Mapped[date | None]
    settled_at: Mapped[datetime | None]
    # What the books gave up, and what was repaid of that later. The unit owes it all the same.
    written_off_fen: Mapped[Fen] = mapped_column(default=0, server_default=text("0"))
    recovered_fen: Mapped[Fen] = mapped_column(default=0, server_default=text("0"))
    written_off_at: Mapped[datetime | None]

    @property
    def owed_fen(self) -> int:
        """What is still to be paid."""
        return self.amount_fen - self.reduced_fen - self.paid_fen + self.returned_fen


class Repayment(Model):
    """The part of a payment that went to one debt, and what of it was given back again."""

    __tablename__ = "repayments"
    __table_args__ = (
        UniqueConstraint("buying_unit_id", "id"),
        UniqueConstraint("buying_unit_id", "receivable_id", "attempt_id"),
        ForeignKeyConstraint(
            ["buying_unit_id", "receivable_id"], ["receivables.buying_unit_id", "receivables.id"]
        ),
        Index("ix_repayments_attempt_id", "attempt_id"),
        CheckConstraint("amount_fen > 0 AND returned_fen BETWEEN 0 AND amount_fen", name="amounts"),
    )

    id: Mapped[Id]
    buying_unit_id: Mapped[Ref]
    receivable_id: Mapped[Ref]
    attempt_id: Mapped[Ref]
    amount_fen: Mapped[Fen]
    returned_fen: Mapped[Fen] = mapped_column(default=0)
    paid_at: Mapped[Instant]


class ReceivableReminder(Model):
    """That a debt reached a stage of which its unit should be told; once for each."""

    __tablename__ = "receivable_reminders"
    __table_args__ = (
        UniqueConstraint("buying_unit_id", "receivable_id", "stage"),
        ForeignKeyConstraint(
            ["buying_unit_id", "receivable_id"], ["receivables.buying_unit_id", "receivables.id"]
        ),
    )

    id: Mapped[Id]
    buying_unit_id: Mapped[Ref]
    receivable_id: Mapped[Ref]
    stage: Mapped[ReminderStage] = mapped_column(str_enum(ReminderStage))
    owed_fen: Mapped[Fen]
    noted_at: Mapped[Instant]


class DebtWriteOff(Model):
    """That one officer proposes to give a debt up, and whether another one agrees."""

    __tablename__ = "debt_write_offs"
    __table_args__ = (
        UniqueConstraint("buying_unit_id", "id"),
        ForeignKeyConstraint(
            ["buying_unit_id", "receivable_id"], ["receivables.buying_unit_id", "receivables.id"]
        ),
        Index(
            "uq_debt_write_offs_live",
            "buying_unit_id",
            "receivable_id",
            unique=True,
            postgresql_where=text("state <> 'rejected'"),
        ),
        Index("ix_debt_write_offs_receivable", "buying_unit_id", "receivable_id"),
        CheckConstraint("amount_fen > 0", name="amount"),
        CheckConstraint("(state = 'proposed') = (decided_by IS NULL)", name="decided"),
        CheckConstraint("(decided_at IS NULL) = (decided_by IS NULL)", name="decider"),
        CheckConstraint("state <> 'confirmed' OR decided_by <> proposed_by", name="two_officers"),
    )

    id: Mapped[Id]
    buying_unit_id: Mapped[Ref]
    receivable_id: Mapped[Ref]
    amount_fen: Mapped[Fen]
    reason: Mapped[str] = mapped_column(Text)
    state: Mapped[ChangeState] = mapped_column(str_enum(ChangeState))
    proposed_by: Mapped[Ref]
    proposed_at: Mapped[Instant]
    decided_by: Mapped[uuid.UUID | None] = mapped_column(Uuid)
    decided_at: Mapped[datetime | None]
