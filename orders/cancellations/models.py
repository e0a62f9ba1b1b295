"""Who called a paid order off, or asked to, and what the cooperative said."""

import uuid
from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKeyConstraint, Index, Text, UniqueConstraint, Uuid, text
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.database import Id, Instant, Model, Ref, str_enum
from marketplace.language import Text as Words
from orders.trades.states import By, CancellationState


class CancellationReason(StrEnum):
    """Why an order is called off; the first group is the buyer's, the second the cooperative's."""

    NOT_WANTED = "not_wanted"
    WRONG_ADDRESS = "wrong_address"
    BOUGHT_TWICE = "bought_twice"
    TOO_SLOW = "too_slow"
    OUT_OF_STOCK = "out_of_stock"
    CANNOT_DELIVER = "cannot_deliver"
    AGREED_WITH_BUYER = "agreed_with_buyer"
    OTHER = "other"


REASON_TITLES: dict[CancellationReason, Words] = {
    CancellationReason.NOT_WANTED: Words("不想要了", "No longer wanted"),
    CancellationReason.WRONG_ADDRESS: Words("地址或联系方式填错了", "Wrong address or telephone"),
    CancellationReason.BOUGHT_TWICE: Words("重复下单", "Ordered twice"),
    CancellationReason.TOO_SLOW: Words("迟迟没有发货", "Not shipped in time"),
    CancellationReason.OUT_OF_STOCK: Words("缺货", "Out of stock"),
    CancellationReason.CANNOT_DELIVER: Words("无法送达", "Cannot be delivered"),
    CancellationReason.AGREED_WITH_BUYER: Words("已与买家商定", "Agreed with the buyer"),
    CancellationReason.OTHER: Words("其他原因", "Another reason"),
}
BUYERS_REASONS = (
    CancellationReason.NOT_WANTED,
    CancellationReason.WRONG_ADDRESS,
    CancellationReason.BOUGHT_TWICE,
    CancellationReason.TOO_SLOW,
    CancellationReason.OTHER,
)
SELLERS_REASONS = (
    CancellationReason.OUT_OF_STOCK,
    CancellationReason.CANNOT_DELIVER,
    CancellationReason.AGREED_WITH_BUYER,
    CancellationReason.OTHER,
)


class Cancellation(Model):
    """One calling off of an order. While it is asked for, nothing of the order is shipped."""

    __tablename__ = "cancellations"
    __table_args__ = (
        UniqueConstraint("cooperative_id", "id"),
        ForeignKeyConstraint(
            ["cooperative_id", "order_id"], ["orders.cooperative_id", "orders.id"]
        ),
        Index("ix_cancellations_order", "cooperative_id", "order_id"),
        Index(
            "uq_cancellations_asked",
            "cooperative_id",
            "order_id",
            unique=True,
            postgresql_where=text("state = 'asked'"),
        ),
        Index("ix_cancellations_due", "due_at", postgresql_where=text("state = 'asked'")),
    )

    id: Mapped[Id]
    cooperative_id: Mapped[Ref]
    order_id: Mapped[Ref]
    account_id: Mapped[Ref]
    state: Mapped[CancellationState] = mapped_column(str_enum(CancellationState))
    opened_by: Mapped[By] = mapped_column(str_enum(By))
    reason: Mapped[CancellationReason] = mapped_column(str_enum(CancellationReason))
    note: Mapped[str | None] = mapped_column(Text)
    answer: Mapped[str | None] = mapped_column(Text)
    asked_at: Mapped[Instant]
    asked_by: Mapped[uuid.UUID] = mapped_column(Uuid)
    # When the cooperative's silence agrees; none where nobody has to be asked.
    due_at: Mapped[datetime | None]
    answered_at: Mapped[datetime | None]
    answered_by: Mapped[uuid.UUID | None] = mapped_column(Uuid)
