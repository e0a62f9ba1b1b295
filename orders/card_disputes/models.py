"""Tables of disputes, the order lines they are about, and the money the provider moved for them."""

import uuid
from datetime import datetime
from enum import StrEnum

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Text,
    UniqueConstraint,
    Uuid,
)
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.database import Fen, Id, Instant, Model, Ref, str_enum


class DisputeState(StrEnum):
    """Where a dispute stands with the bank. Later members outrank earlier ones.

    An inquiry asks before any money moves. A dispute proper takes the money at once and gives it
    back only if it is won.
    """

    INQUIRY = "inquiry"
    INQUIRY_REVIEWED = "inquiry_reviewed"
    INQUIRY_CLOSED = "inquiry_closed"
    NEEDS_RESPONSE = "needs_response"
    UNDER_REVIEW = "under_review"
    LOST = "lost"
    WON = "won"


# The money is with the bank, and nobody knows yet whose it will be.
OPEN = frozenset({DisputeState.NEEDS_RESPONSE, DisputeState.UNDER_REVIEW})
# While open the provider refuses refunds; once lost the buyer has the money already.
UNREFUNDABLE = OPEN | {DisputeState.LOST}
ANSWERABLE = frozenset({DisputeState.INQUIRY, DisputeState.NEEDS_RESPONSE})


class CardDispute(Model):
    """A payment that its payer disputes at the bank."""

    __tablename__ = "card_disputes"
    __table_args__ = (
        UniqueConstraint("account_id", "id"),
        # Not led by the owner: it is the provider's promise, and a notice knows nothing else.
        UniqueConstraint("provider", "provider_reference"),
        ForeignKeyConstraint(
            ["account_id", "attempt_id"], ["payment_attempts.account_id", "payment_attempts.id"]
        ),
        Index("ix_card_disputes_attempt", "account_id", "attempt_id"),
        Index("ix_card_disputes_state", "state", "due_at", "id"),
        CheckConstraint("amount > 0", name="amount"),
        CheckConstraint(
            "(state IN ('won', 'lost', 'inquiry_closed')) = (ended_at IS NOT NULL)", name="ended"
        ),
        CheckConstraint("(answered_by IS NULL) OR (answered_at IS NOT NULL)", name="answered"),
    )

    id: Mapped[Id]
    account_id: Mapped[Ref]
    attempt_id: Mapped[Ref]
    trade_id: Mapped[Ref]
    provider: Mapped[str] = mapped_column(Text)
    provider_reference: Mapped[str] = mapped_column(Text)
    state: Mapped[DisputeState] = mapped_column(str_enum(DisputeState))
    reason: Mapped[str] = mapped_column(Text)
    amount: Mapped[int] = mapped_column(BigInteger)
    currency: Mapped[str] = mapped_column(Text)
    opened_at: Mapped[Instant]
    # Until when the bank takes evidence.
    due_at: Mapped[datetime | None]
    answered_at: Mapped[datetime | None]
    # The officer; empty where it was answered in the provider's own pages.
    answered_by: Mapped[uuid.UUID | None] = mapped_column(Uuid)
    ended_at: Mapped[datetime | None]


class CardDisputeLine(Model):
    """What of an order line is disputed: fixed when the money was taken."""

    __tablename__ = "card_dispute_lines"
    __table_args__ = (
        UniqueConstraint("cooperative_id", "id"),
        UniqueConstraint("cooperative_id", "dispute_id", "order_line_id"),
        UniqueConstraint("cooperative_id", "ending_id"),
        ForeignKeyConstraint(
            ["cooperative_id", "order_line_id"], ["order_lines.cooperative_id", "order_lines.id"]
        ),
        ForeignKeyConstraint(
            ["cooperative_id", "order_id"], ["orders.cooperative_id", "orders.id"]
        ),
        Index("ix_card_dispute_lines_order", "cooperative_id", "order_id"),
        Index("ix_card_dispute_lines_dispute_id", "dispute_id"),
        Index("ix_card_dispute_lines_order_line", "cooperative_id", "order_line_id"),
        CheckConstraint(
            "goods_fen >= 0 AND freight_fen >= 0 AND goods_fen + freight_fen > 0 AND coupon_fen >= 0",
            name="amounts",
        ),
    )

    id: Mapped[Id]
    cooperative_id: Mapped[Ref]
    dispute_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("card_disputes.id"))
    order_id: Mapped[Ref]
    order_line_id: Mapped[Ref]
    goods_fen: Mapped[Fen]
    freight_fen: Mapped[Fen]
    # What of the platform's coupons came back with the goods when it was lost.
    coupon_fen: Mapped[Fen]
    # It was payable already when the money was taken, and is held meanwhile.
    is_held: Mapped[bool]
    # Pieces that were not shipped yet when it was lost, and need not be any more.
    released_quantity: Mapped[int] = mapped_column(BigInteger, default=0)
    # Under which the end of it is booked; its own id is what the hold is booked under.
    ending_id: Mapped[Ref]

    @property
    def amount_fen(self) -> int:
        """What of the buyer's money is disputed."""
        return self.goods_fen + self.freight_fen


class CardDisputeMovement(Model):
    """Money that the provider took or gave back for a dispute, as its own account shows it."""

    __tablename__ = "card_dispute_movements"
    __table_args__ = (
        UniqueConstraint("provider_reference"),
        Index("ix_card_dispute_movements_dispute_id", "dispute_id"),
    )

    id: Mapped[Id]
    dispute_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("card_disputes.id"))
    provider_reference: Mapped[str] = mapped_column(Text)
    # Below zero: taken. The provider's fee for it is not in it.
    amount: Mapped[int] = mapped_column(BigInteger)
    fee: Mapped[int] = mapped_column(BigInteger)
    currency: Mapped[str] = mapped_column(Text)
    moved_at: Mapped[Instant]
