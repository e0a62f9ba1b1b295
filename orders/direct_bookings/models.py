"""The table of direct bookings: what one officer says a movement of no sale is, and whether another agrees."""

import uuid
from datetime import datetime
from enum import StrEnum

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, Text, Uuid, text
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.database import Id, Instant, Model, Ref, str_enum
from orders.journal.direct_entries import Purpose


class BookingState(StrEnum):
    """Whether a second officer has agreed."""

    PROPOSED = "proposed"
    CONFIRMED = "confirmed"
    REJECTED = "rejected"


class DirectBooking(Model):
    """What an outgoing bank entry, or a movement of a provider's balance, was; booked once confirmed.

    The evidence is that entry or movement; ``amount_fen`` is all of it, below zero where money went.
    """

    __tablename__ = "direct_bookings"
    __table_args__ = (
        Index(
            "uq_direct_bookings_bank_entry",
            "bank_entry_id",
            unique=True,
            postgresql_where=text("state <> 'rejected'"),
        ),
        Index(
            "uq_direct_bookings_movement",
            "movement_id",
            unique=True,
            postgresql_where=text("state <> 'rejected'"),
        ),
        Index("ix_direct_bookings_bank_entry_id", "bank_entry_id"),
        Index("ix_direct_bookings_movement_id", "movement_id"),
        Index("ix_direct_bookings_state", "state", "id"),
        CheckConstraint("num_nonnulls(bank_entry_id, movement_id) = 1", name="evidence"),
        CheckConstraint(
            "(purpose IN ('own_funds', 'other'))"
            " OR (purpose = 'provider_fee') = (movement_id IS NOT NULL)",
            name="fitting",
        ),
        CheckConstraint("amount_fen <> 0", name="amount"),
        CheckConstraint("(state = 'proposed') = (decided_at IS NULL)", name="decided"),
        CheckConstraint("(decided_at IS NULL) = (decided_by IS NULL)", name="decider"),
        CheckConstraint("state <> 'confirmed' OR decided_by <> proposed_by", name="two_officers"),
    )

    id: Mapped[Id]
    purpose: Mapped[Purpose] = mapped_column(str_enum(Purpose))
    bank_entry_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("bank_entries.id"))
    movement_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("provider_movements.id"))
    amount_fen: Mapped[int] = mapped_column(BigInteger)
    state: Mapped[BookingState] = mapped_column(str_enum(BookingState))
    reason: Mapped[str] = mapped_column(Text)
    proposed_by: Mapped[Ref]
    proposed_at: Mapped[Instant]
    decided_by: Mapped[uuid.UUID | None] = mapped_column(Uuid)
    decided_at: Mapped[datetime | None]
