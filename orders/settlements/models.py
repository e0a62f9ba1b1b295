"""Tables of payable lines, settlement runs, statements and what cooperatives dispute of them."""

import uuid
from datetime import datetime
from enum import StrEnum

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    Text,
    UniqueConstraint,
    Uuid,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.database import Day, Fen, Id, Instant, Model, Ref, str_enum
from marketplace.language import Text as Words
from orders.settlements.states import StatementState


class LineKind(StrEnum):
    """A line of a completed order, a refund of it after completion, a correction by officers, or
    what a buyer's dispute at the bank holds back, gives free or takes.
    """

    SALE = "sale"
    REFUND = "refund"
    CORRECTION = "correction"
    DISPUTE = "dispute"


LINE_TITLES: dict[LineKind, Words] = {
    LineKind.SALE: Words("订单入账", "Order in"),
    LineKind.REFUND: Words("退款", "Refund"),
    LineKind.CORRECTION: Words("更正", "Correction"),
    LineKind.DISPUTE: Words("拒付", "Card dispute"),
}


class CorrectionPart(StrEnum):
    """What of a line was wrong: what the cooperative gets for the goods, or the platform's fee."""

    AMOUNT = "amount"
    FEE = "fee"


class CorrectionState(StrEnum):
    """Whether a second officer has agreed."""

    PROPOSED = "proposed"
    CONFIRMED = "confirmed"
    REJECTED = "rejected"


class RunState(StrEnum):
    """Whether a run has closed the window of every cooperative yet."""

    RUNNING = "running"
    DONE = "done"


class SettlementLine(Model):
    """What one event makes payable to a cooperative; nobody may change it once written.

    ``booked_on`` is the day of the journal entry of the same event. A day that is folded takes no
    more lines, so the window of a statement, once closed, holds what it holds for good: a line is
    in the one statement whose window has its day, and windows do not overlap.
    """

    __tablename__ = "settlement_lines"
    __table_args__ = (
        UniqueConstraint("cooperative_id", "id"),
        UniqueConstraint("cooperative_id", "kind", "cause_id"),
        ForeignKeyConstraint(
            ["cooperative_id", "order_id"], ["orders.cooperative_id", "orders.id"]
        ),
        ForeignKeyConstraint(
            ["cooperative_id", "order_line_id"], ["order_lines.cooperative_id", "order_lines.id"]
        ),
        CheckConstraint(
            "payable_fen = gross_fen - refunds_fen - fee_fen + fee_refunded_fen + correction_fen",
            name="payable",
        ),
        CheckConstraint(
            "gross_fen >= 0 AND refunds_fen >= 0 AND fee_fen >= 0 AND fee_refunded_fen >= 0"
            " AND coupon_fen BETWEEN 0 AND gross_fen AND coupon_back_fen BETWEEN 0 AND refunds_fen"
            " AND own_discount_fen >= 0 AND (kind IN ('correction', 'dispute')"
            " OR correction_fen = 0)",
            name="amounts",
        ),
        Index("ix_settlement_lines_window", "cooperative_id", "booked_on", "id"),
        Index("ix_settlement_lines_order", "cooperative_id", "order_id"),
        Index("ix_settlement_lines_order_line", "cooperative_id", "order_line_id"),
    )

    id: Mapped[Id]
    cooperative_id: Mapped[Ref]
    kind: Mapped[LineKind] = mapped_column(str_enum(LineKind))
    order_id: Mapped[Ref]
    order_line_id: Mapped[Ref]
    # The order line that was sold, the refund, or the correction.
    cause_id: Mapped[Ref]
    booked_on: Mapped[Day]
    # A sale's goods net of the discounts that the cooperative bears, with its share of the
    # freight, and what of it went back before completion; a refund has what went back later.
    gross_fen: Mapped[Fen]
    refunds_fen: Mapped[Fen]
    fee_fen: Mapped[Fen]
    fee_refunded_fen: Mapped[Fen]
    payable_fen: Mapped[Fen]
    # What two officers put right of an earlier line, apart from its fee: more for the cooperative
    # above zero, less below.
    correction_fen: Mapped[Fen] = mapped_column(server_default=text("0"))
    # Who bore the discounts: the cooperative (taken off the gross before), or the platform, which
    # pays it to the cooperative (contained in the gross) and takes it back with goods that return
    # (contained in the refunds).
    own_discount_fen: Mapped[Fen] = mapped_column(server_default=text("0"))
    coupon_fen: Mapped[Fen] = mapped_column(server_default=text("0"))
    coupon_back_fen: Mapped[Fen] = mapped_column(server_default=text("0"))


class SettlementRun(Model):
    """One closing of all cooperatives' windows at the beginning of a day, with its progress."""

    __tablename__ = "settlement_runs"
    __table_args__ = (
        UniqueConstraint("end_on"),
        CheckConstraint("(state = 'done') = (finished_at IS NOT NULL)", name="finished"),
    )

    id: Mapped[Id]
    end_on: Mapped[Day]
    state: Mapped[RunState] = mapped_column(str_enum(RunState))
    # The last cooperative done: where a run that was killed goes on.
    cursor: Mapped[uuid.UUID | None] = mapped_column(Uuid)
    cooperatives: Mapped[int] = mapped_column(BigInteger)
    cooperatives_done: Mapped[int] = mapped_column(BigInteger, default=0)
    statements: Mapped[int] = mapped_column(BigInteger, default=0)
    # None: by the clock.
    started_by: Mapped[uuid.UUID | None] = mapped_column(Uuid)
    started_at: Mapped[Instant]
    finished_at: Mapped[datetime | None]


class Statement(Model):
    """What a cooperative is owed for [start_on, end_on). Its amounts never change.

    Windows of a cooperative follow each other without gap or overlap (an exclusion constraint).
    A balance below zero is paid by nobody: the next statement carries it forward.
    """

    __tablename__ = "statements"
    __table_args__ = (
        UniqueConstraint("cooperative_id", "id"),
        UniqueConstraint("cooperative_id", "statement_no"),
        ForeignKeyConstraint(
            ["cooperative_id", "payout_account_id"],
            ["payout_accounts.cooperative_id", "payout_accounts.id"],
        ),
        CheckConstraint("end_on > start_on", name="window"),
        CheckConstraint(
            "balance_fen = gross_fen - refunds_fen - fee_fen + fee_refunded_fen + correction_fen"
            " + carried_forward_fen AND carried_forward_fen <= 0"
            " AND payable_fen = greatest(balance_fen, 0)",
            name="amounts",
        ),
        CheckConstraint(
            "(state = 'draft') = (hash IS NULL) AND (state = 'draft') = (issued_at IS NULL)",
            name="issued",
        ),
        CheckConstraint("state <> 'issued' OR confirm_due_at IS NOT NULL", name="confirm_due"),
        CheckConstraint("first_released_by <> second_released_by", name="two_officers"),
        CheckConstraint(
            "(state IN ('released', 'paid')) = (second_released_by IS NOT NULL)"
            " AND (second_released_by IS NULL OR first_released_by IS NOT NULL)"
            " AND (second_released_by IS NULL"
            " OR (payable_fen > 0 AND payout_account_id IS NOT NULL))",
            name="released",
        ),
        CheckConstraint(
            "(state = 'paid') = (paid_at IS NOT NULL AND bank_serial IS NOT NULL)", name="paid"
        ),
        Index("ix_statements_window", "cooperative_id", "end_on"),
        Index("ix_statements_run_id", "run_id"),
        Index("ix_statements_state", "state", "id"),
        Index(
            "ix_statements_confirm_due",
            "confirm_due_at",
            postgresql_where=text("state = 'issued'"),
        ),
        Index("ix_statements_payout_account", "cooperative_id", "payout_account_id"),
    )

    id: Mapped[Id]
    cooperative_id: Mapped[Ref]
    cooperative_name: Mapped[str] = mapped_column(Text)
    run_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("settlement_runs.id"))
    statement_no: Mapped[str] = mapped_column(Text)
    state: Mapped[StatementState] = mapped_column(str_enum(StatementState))
    start_on: Mapped[Day]
    end_on: Mapped[Day]
    line_count: Mapped[int] = mapped_column(BigInteger)
    gross_fen: Mapped[Fen]
    refunds_fen: Mapped[Fen]
    fee_fen: Mapped[Fen]
    fee_refunded_fen: Mapped[Fen]
    carried_forward_fen: Mapped[Fen]
    balance_fen: Mapped[Fen]
    payable_fen: Mapped[Fen]
    correction_fen: Mapped[Fen] = mapped_column(server_default=text("0"))
    own_discount_fen: Mapped[Fen] = mapped_column(server_default=text("0"))
    coupon_fen: Mapped[Fen] = mapped_column(server_default=text("0"))
    coupon_back_fen: Mapped[Fen] = mapped_column(server_default=text("0"))
    # What the hash is made of: 2 from corrections and coupon columns on.
    layout: Mapped[int] = mapped_column(Integer, server_default=text("2"))
    # Where it is to be paid, fixed at issue and part of the hash.
    payout_account_id: Mapped[uuid.UUID | None] = mapped_column(Uuid)
    bank_name: Mapped[str | None] = mapped_column(Text)
    account_masked: Mapped[str | None] = mapped_column(Text)
    lines_digest: Mapped[bytes | None] = mapped_column(LargeBinary)
    hash: Mapped[bytes | None] = mapped_column(LargeBinary)
    issued_at: Mapped[datetime | None]
    # Neither confirmed nor disputed by then, it confirms itself.
    confirm_due_at: Mapped[datetime | None]
    # None where the time ran out.
    confirmed_by: Mapped[uuid.UUID | None] = mapped_column(Uuid)
    confirmed_at: Mapped[datetime | None]
    first_released_by: Mapped[uuid.UUID | None] = mapped_column(Uuid)
    second_released_by: Mapped[uuid.UUID | None] = mapped_column(Uuid)
    released_at: Mapped[datetime | None]
    paid_at: Mapped[datetime | None]
    bank_serial: Mapped[str | None] = mapped_column(Text)
    failure: Mapped[str | None] = mapped_column(Text)


class StatementDispute(Model):
    """A line of a statement that its cooperative does not agree with, and what finance says."""

    __tablename__ = "statement_disputes"
    __table_args__ = (
        UniqueConstraint("cooperative_id", "id"),
        ForeignKeyConstraint(
            ["cooperative_id", "statement_id"], ["statements.cooperative_id", "statements.id"]
        ),
        ForeignKeyConstraint(
            ["cooperative_id", "line_id"],
            ["settlement_lines.cooperative_id", "settlement_lines.id"],
        ),
        CheckConstraint("(answer IS NULL) = (answered_at IS NULL)", name="answered"),
        Index("ix_statement_disputes_statement", "cooperative_id", "statement_id"),
        Index("ix_statement_disputes_line", "cooperative_id", "line_id"),
        Index(
            "uq_statement_disputes_open",
            "cooperative_id",
            "line_id",
            unique=True,
            postgresql_where=text("answered_at IS NULL"),
        ),
    )

    id: Mapped[Id]
    cooperative_id: Mapped[Ref]
    statement_id: Mapped[Ref]
    line_id: Mapped[Ref]
    reason: Mapped[str] = mapped_column(Text)
    raised_by: Mapped[Ref]
    raised_at: Mapped[Instant]
    answer: Mapped[str | None] = mapped_column(Text)
    answered_by: Mapped[uuid.UUID | None] = mapped_column(Uuid)
    answered_at: Mapped[datetime | None]


class StatementCorrection(Model):
    """What one officer wants to put right of an issued statement's line, and another agrees to.

    The statement stays as it is. Once agreed, a line of kind ``correction`` lies on that day, and so
    in the next window's statement.
    """

    __tablename__ = "statement_corrections"
    __table_args__ = (
        UniqueConstraint("cooperative_id", "id"),
        ForeignKeyConstraint(
            ["cooperative_id", "statement_id"], ["statements.cooperative_id", "statements.id"]
        ),
        ForeignKeyConstraint(
            ["cooperative_id", "line_id"],
            ["settlement_lines.cooperative_id", "settlement_lines.id"],
        ),
        ForeignKeyConstraint(
            ["cooperative_id", "dispute_id"],
            ["statement_disputes.cooperative_id", "statement_disputes.id"],
        ),
        CheckConstraint("amount_fen <> 0", name="amount"),
        CheckConstraint("(state = 'proposed') = (decided_by IS NULL)", name="decided"),
        CheckConstraint("(decided_at IS NULL) = (decided_by IS NULL)", name="decider"),
        CheckConstraint("state <> 'confirmed' OR decided_by <> proposed_by", name="two_officers"),
        Index("ix_statement_corrections_statement", "cooperative_id", "statement_id"),
        Index("ix_statement_corrections_dispute", "cooperative_id", "dispute_id"),
        Index("ix_statement_corrections_line", "cooperative_id", "line_id"),
        Index(
            "uq_statement_corrections_open",
            "cooperative_id",
            "line_id",
            unique=True,
            postgresql_where=text("state = 'proposed'"),
        ),
    )

    id: Mapped[Id]
    cooperative_id: Mapped[Ref]
    statement_id: Mapped[Ref]
    line_id: Mapped[Ref]
    dispute_id: Mapped[uuid.UUID | None] = mapped_column(Uuid)
    part: Mapped[CorrectionPart] = mapped_column(str_enum(CorrectionPart))
    # More for the cooperative above zero, less below.
    amount_fen: Mapped[Fen]
    reason: Mapped[str] = mapped_column(Text)
    state: Mapped[CorrectionState] = mapped_column(str_enum(CorrectionState))
    proposed_by: Mapped[Ref]
    proposed_at: Mapped[Instant]
    decided_by: Mapped[uuid.UUID | None] = mapped_column(Uuid)
    decided_at: Mapped[datetime | None]
