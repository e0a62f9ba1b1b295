"""Tables of providers' movements, the daily runs, and the differences that they find."""

import uuid
from datetime import datetime
from enum import StrEnum

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Index,
    Integer,
    Text,
    UniqueConstraint,
    Uuid,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.database import Day, Id, Instant, Model, Ref, str_enum
from orders.payments.movements import MovementKind
from orders.reconciliation.kinds import DifferenceKind


class Item(StrEnum):
    """What the sides are compared by; with an id it names one thing."""

    PAYMENT = "payment"
    REFUND = "refund"
    FEE = "fee"
    MOVEMENT = "movement"
    ENTRY = "entry"
    TRADE = "trade"
    DAY = "day"
    BANK_ENTRY = "bank_entry"
    PAYOUT = "payout"
    BANK_REFUND = "bank_refund"
    REFUND_SETTLEMENT = "refund_settlement"
    ORDER = "order"
    UNIT = "unit"


class ProviderMovement(Model):
    """A movement of our balance as a provider told it, kept once. Append-only.

    ``item`` and ``subject_id`` say what of ours it moved: the payment or refund whose id the provider
    repeats, else only itself.
    """

    __tablename__ = "provider_movements"
    __table_args__ = (
        # Not led by an owner: it is the provider's promise.
        UniqueConstraint("provider", "reference"),
        Index("ix_provider_movements_day", "provider", "moved_on"),
        Index("ix_provider_movements_subject", "subject_id", "item"),
        # What the provider calls a payout or transfer, when a receipt or a notice names it.
        Index("ix_provider_movements_source", "provider", "source_reference"),
    )

    id: Mapped[Id]
    provider: Mapped[str] = mapped_column(Text)
    reference: Mapped[str] = mapped_column(Text)
    kind: Mapped[MovementKind] = mapped_column(str_enum(MovementKind))
    item: Mapped[Item] = mapped_column(str_enum(Item))
    subject_id: Mapped[Ref]
    # In the smallest unit of the currency: in above zero, out below; the fee lowers the balance too.
    amount: Mapped[int] = mapped_column(BigInteger)
    fee: Mapped[int] = mapped_column(BigInteger)
    currency: Mapped[str] = mapped_column(Text)
    source_reference: Mapped[str | None] = mapped_column(Text)
    occurred_at: Mapped[Instant]
    moved_on: Mapped[Day]
    available_at: Mapped[datetime | None]
    read_at: Mapped[Instant]


class RunState(StrEnum):
    """How far a run is; ``failed``: the other side could not be read, and it will be tried again."""

    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


class RunStage(StrEnum):
    """What a run does now: each stage may be done again from its beginning."""

    READING = "reading"
    BOOKING = "booking"
    COMPARING = "comparing"
    ASKING = "asking"
    DONE = "done"


class ReconciliationRun(Model):
    """The comparison of one channel on one Shanghai day, done as often as needed."""

    __tablename__ = "reconciliation_runs"
    __table_args__ = (
        UniqueConstraint("channel", "day"),
        CheckConstraint("(state = 'done') = (stage = 'done')", name="stage"),
        CheckConstraint("(state = 'failed') = (failure IS NOT NULL)", name="failure"),
        CheckConstraint("state <> 'done' OR finished_at IS NOT NULL", name="finished"),
    )

    id: Mapped[Id]
    channel: Mapped[str] = mapped_column(Text)
    day: Mapped[Day]
    state: Mapped[RunState] = mapped_column(str_enum(RunState))
    stage: Mapped[RunStage] = mapped_column(str_enum(RunStage))
    # How often it was begun, and by whom last; nobody: by the clock.
    rounds: Mapped[int] = mapped_column(Integer, default=1)
    started_by: Mapped[uuid.UUID | None] = mapped_column(Uuid)
    started_at: Mapped[Instant]
    finished_at: Mapped[datetime | None]
    failure: Mapped[str | None] = mapped_column(Text)
    # What has been read so far, how much the two sides moved that day in fen, and how much agreed.
    read: Mapped[int] = mapped_column(BigInteger, default=0)
    compared: Mapped[int] = mapped_column(BigInteger, default=0)
    provider_fen: Mapped[int] = mapped_column(BigInteger, default=0)
    booked_fen: Mapped[int] = mapped_column(BigInteger, default=0)
    # Something of that day came to light afterwards: it has to be compared again.
    is_stale: Mapped[bool] = mapped_column(default=False)


class DifferenceState(StrEnum):
    """Whether a difference still needs somebody."""

    OPEN = "open"
    CLOSED = "closed"
    SETTLED = "settled"


class Difference(Model):
    """Something on which the sides of a day disagree; one row for each thing, whatever happens to it.

    It is settled by itself only when the sides agree; otherwise a person closes it with a reason.
    ``gap_fen`` is its part of the difference between the day's two sums.
    """

    __tablename__ = "reconciliation_differences"
    __table_args__ = (
        UniqueConstraint("run_id", "item", "subject_id"),
        Index(
            "ix_reconciliation_differences_open",
            "run_id",
            postgresql_where=text("state = 'open'"),
        ),
        CheckConstraint(
            "(state = 'closed') = (closed_by IS NOT NULL)"
            " AND (closed_by IS NULL) = (closed_at IS NULL)"
            " AND (closed_by IS NULL) = (reason IS NULL)",
            name="closed",
        ),
    )

    id: Mapped[Id]
    run_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("reconciliation_runs.id"))
    item: Mapped[Item] = mapped_column(str_enum(Item))
    subject_id: Mapped[Ref]
    kind: Mapped[DifferenceKind] = mapped_column(str_enum(DifferenceKind))
    state: Mapped[DifferenceState] = mapped_column(str_enum(DifferenceState))
    currency: Mapped[str] = mapped_column(Text)
    # What the other side, our record and the journal say of it, whatever the day; none: nothing.
    provider_amount: Mapped[int | None] = mapped_column(BigInteger)
    recorded_amount: Mapped[int | None] = mapped_column(BigInteger)
    booked_amount: Mapped[int | None] = mapped_column(BigInteger)
    gap_fen: Mapped[int] = mapped_column(BigInteger)
    found_at: Mapped[Instant]
    changed_at: Mapped[Instant]
    version: Mapped[int] = mapped_column(Integer, default=1)
    closed_by: Mapped[uuid.UUID | None] = mapped_column(Uuid)
    closed_at: Mapped[datetime | None]
    reason: Mapped[str | None] = mapped_column(Text)


class Step(StrEnum):
    """What happened to a difference."""

    FOUND = "found"
    CHANGED = "changed"
    SETTLED = "settled"
    CLOSED = "closed"
    REOPENED = "reopened"


class DifferenceStep(Model):
    """One event in a difference's life, with what was known then. Append-only."""

    __tablename__ = "reconciliation_steps"
    __table_args__ = (
        Index("ix_reconciliation_steps_difference_id", "difference_id", "id"),
        CheckConstraint(
            "(step = 'closed') = (taken_by IS NOT NULL) AND (step = 'closed') = (reason IS NOT NULL)",
            name="closed",
        ),
    )

    id: Mapped[Id]
    difference_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("reconciliation_differences.id"))
    step: Mapped[Step] = mapped_column(str_enum(Step))
    kind: Mapped[DifferenceKind] = mapped_column(str_enum(DifferenceKind))
    provider_amount: Mapped[int | None] = mapped_column(BigInteger)
    recorded_amount: Mapped[int | None] = mapped_column(BigInteger)
    booked_amount: Mapped[int | None] = mapped_column(BigInteger)
    taken_by: Mapped[uuid.UUID | None] = mapped_column(Uuid)
    reason: Mapped[str | None] = mapped_column(Text)
    at: Mapped[Instant]


class OutgoingMatch(Model):
    """Which payment of ours an outgoing bank entry was: found by a rule, or said by an officer."""

    __tablename__ = "outgoing_matches"
    __table_args__ = (
        Index(
            "uq_outgoing_matches_entry",
            "bank_entry_id",
            unique=True,
            postgresql_where=text("undone_at IS NULL"),
        ),
        Index(
            "uq_outgoing_matches_subject",
            "subject_id",
            "item",
            unique=True,
            postgresql_where=text("undone_at IS NULL"),
        ),
        CheckConstraint("item IN ('payout', 'bank_refund', 'refund_settlement')", name="target"),
        CheckConstraint("(rule = 'officer') = (matched_by IS NOT NULL)", name="person"),
        CheckConstraint("(undone_at IS NULL) = (undone_by IS NULL)", name="undone"),
    )

    id: Mapped[Id]
    bank_entry_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("bank_entries.id"), index=True)
    item: Mapped[Item] = mapped_column(str_enum(Item))
    subject_id: Mapped[Ref]
    # serial, number or officer.
    rule: Mapped[str] = mapped_column(Text)
    matched_by: Mapped[uuid.UUID | None] = mapped_column(Uuid)
    matched_at: Mapped[Instant]
    undone_by: Mapped[uuid.UUID | None] = mapped_column(Uuid)
    undone_at: Mapped[datetime | None]
