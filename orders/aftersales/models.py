"""After-sales cases: a refund of one order line, asked for by the buyer or given by the cooperative."""

import uuid
from datetime import datetime

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKeyConstraint,
    Index,
    Text,
    UniqueConstraint,
    Uuid,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.database import Fen, Id, Instant, Model, Ref, str_enum
from orders.trades.states import AftersalesState, By


class AftersalesCase(Model):
    """One refund of one line. Several may follow each other; together they never exceed the line."""

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
    )

    id: Mapped[Id]
    cooperative_id: Mapped[Ref]
    account_id: Mapped[Ref]
    order_id: Mapped[Ref]
    order_line_id: Mapped[Ref]
    case_no: Mapped[str] = mapped_column(Text)
    state: Mapped[AftersalesState] = mapped_column(str_enum(AftersalesState))
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
