"""After-sales cases, their course, and where returned goods are sent."""

import uuid
from datetime import datetime
from enum import StrEnum

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKeyConstraint,
    Index,
    LargeBinary,
    Text,
    UniqueConstraint,
    Uuid,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.database import Fen, Id, Instant, Model, Ref, str_enum
from orders.trades.states import AftersalesState, By

OPEN_STATES = (
    "state IN ('applied', 'awaiting_goods', 'returning', 'awaiting_replacement', 'replacing',"
    " 'in_arbitration')"
)


class CaseKind(StrEnum):
    """What the buyer wants: money for goods kept or never sent, money for goods returned, others."""

    REFUND_ONLY = "refund_only"
    RETURN = "return"
    EXCHANGE = "exchange"


class CaseCause(StrEnum):
    """Why. It decides who pays for the way back, and whether goods may come back at all."""

    NO_REASON = "no_reason"
    QUALITY = "quality"
    DAMAGED = "damaged"
    WRONG_GOODS = "wrong_goods"
    MISSING = "missing"
    NOT_RECEIVED = "not_received"
    OTHER = "other"


class ReturnWay(StrEnum):
    """How goods come back: sent by the buyer, or by the courier, who was stopped or refused."""

    SENT = "sent"
    INTERCEPTED = "intercepted"


class AftersalesCase(Model):
    """One case about one line. Several may follow each other; together they never exceed the line."""

    __tablename__ = "aftersales_cases"
    __table_args__ = (
        UniqueConstraint("cooperative_id", "id"),
        UniqueConstraint("cooperative_id", "case_no"),
        ForeignKeyConstraint(
            ["cooperative_id", "order_id"], ["orders.cooperative_id", "orders.id"]
        ),
        ForeignKeyConstraint(
            ["cooperative_id", "order_line_id"], ["order_lines.cooperative_id", "order_lines.id"]
        ),
        CheckConstraint(
            "quantity >= 0 AND goods_fen >= 0 AND freight_fen >= 0"
            " AND quantity + goods_fen > 0"
            " AND released_quantity + put_back_quantity <= quantity"
            " AND released_quantity >= 0 AND put_back_quantity >= 0",
            name="amounts",
        ),
        Index("ix_aftersales_cases_order", "cooperative_id", "order_id"),
        Index("ix_aftersales_cases_order_line", "cooperative_id", "order_line_id"),
        Index("ix_aftersales_cases_account", "account_id", "id"),
        Index(
            "ix_aftersales_cases_awaiting",
            "cooperative_id",
            "id",
            postgresql_where=text("state = 'awaiting_refund'"),
        ),
        # What a cooperative, the platform and the clock still have to act on.
        Index(
            "ix_aftersales_cases_open",
            "cooperative_id",
            "state",
            "id",
            postgresql_where=text(OPEN_STATES),
        ),
        Index(
            "ix_aftersales_cases_due",
            "due_at",
            postgresql_where=text("due_at IS NOT NULL AND state <> 'refused'"),
        ),
        Index(
            "ix_aftersales_cases_arbitration",
            "id",
            postgresql_where=text("state = 'in_arbitration'"),
        ),
    )

    id: Mapped[Id]
    cooperative_id: Mapped[Ref]
    account_id: Mapped[Ref]
    order_id: Mapped[Ref]
    order_line_id: Mapped[Ref]
    case_no: Mapped[str] = mapped_column(Text)
    state: Mapped[AftersalesState] = mapped_column(str_enum(AftersalesState))
    kind: Mapped[CaseKind] = mapped_column(str_enum(CaseKind), default=CaseKind.REFUND_ONLY)
    cause: Mapped[CaseCause] = mapped_column(str_enum(CaseCause), default=CaseCause.OTHER)
    opened_by: Mapped[By] = mapped_column(str_enum(By))
    reason: Mapped[str] = mapped_column(Text)
    answer: Mapped[str | None] = mapped_column(Text)
    # Zero for a price compensation that returns no goods.
    quantity: Mapped[int] = mapped_column(BigInteger)
    goods_fen: Mapped[Fen]
    freight_fen: Mapped[Fen] = mapped_column(default=0)
    released_quantity: Mapped[int] = mapped_column(BigInteger, default=0)
    put_back_quantity: Mapped[int] = mapped_column(BigInteger, default=0)
    applied_at: Mapped[Instant]
    applied_by: Mapped[uuid.UUID] = mapped_column(Uuid)
    answered_at: Mapped[datetime | None]
    answered_by: Mapped[uuid.UUID | None] = mapped_column(Uuid)
    done_at: Mapped[datetime | None]
    # When the clock acts if nobody does; of a refused case, until when it may be escalated.
    due_at: Mapped[datetime | None]
    return_way: Mapped[ReturnWay | None] = mapped_column(str_enum(ReturnWay))
    # Where the buyer sends goods: name, telephone and address, personal data of the cooperative.
    return_to: Mapped[bytes | None] = mapped_column(LargeBinary)
    return_courier_code: Mapped[str | None] = mapped_column(Text)
    return_waybill_no: Mapped[str | None] = mapped_column(Text)
    # What the platform decided, and why; both sides read it.
    decision: Mapped[str | None] = mapped_column(Text)
    decided_at: Mapped[datetime | None]
    decided_by: Mapped[uuid.UUID | None] = mapped_column(Uuid)

    @property
    def asks_for_goods(self) -> bool:
        """Tell whether goods go back before anything else happens."""
        return self.kind is not CaseKind.REFUND_ONLY


class CaseEvent(Model):
    """One step of a case, as both sides and the platform read it; never changed."""

    __tablename__ = "case_events"
    __table_args__ = (
        UniqueConstraint("cooperative_id", "id"),
        ForeignKeyConstraint(
            ["cooperative_id", "case_id"],
            ["aftersales_cases.cooperative_id", "aftersales_cases.id"],
        ),
        Index("ix_case_events_case", "cooperative_id", "case_id"),
    )

    id: Mapped[Id]
    cooperative_id: Mapped[Ref]
    case_id: Mapped[Ref]
    deed: Mapped[str] = mapped_column(Text)
    party: Mapped[By] = mapped_column(str_enum(By))
    account_id: Mapped[uuid.UUID | None] = mapped_column(Uuid)
    state: Mapped[AftersalesState] = mapped_column(str_enum(AftersalesState))
    note: Mapped[str | None] = mapped_column(Text)
    at: Mapped[Instant]
