"""The table of the opening balance: what stood on the account before the first entry that was imported."""

import uuid
from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, Index, Text, Uuid, text
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.database import Day, Fen, Id, Instant, Model, Ref, str_enum


class OpeningState(StrEnum):
    """Whether a second officer has agreed."""

    PROPOSED = "proposed"
    CONFIRMED = "confirmed"
    REJECTED = "rejected"


class BankOpening(Model):
    """What the bank's statement says of the moment at which a Shanghai day begins; confirmed once."""

    __tablename__ = "bank_openings"
    __table_args__ = (
        Index(
            "uq_bank_openings_state",
            "state",
            unique=True,
            postgresql_where=text("state <> 'rejected'"),
        ),
        CheckConstraint("amount_fen >= 0", name="amount"),
        CheckConstraint("(state = 'proposed') = (decided_at IS NULL)", name="decided"),
        CheckConstraint("(decided_at IS NULL) = (decided_by IS NULL)", name="decider"),
        CheckConstraint("state <> 'confirmed' OR decided_by <> proposed_by", name="two_officers"),
    )

    id: Mapped[Id]
    day: Mapped[Day]
    amount_fen: Mapped[Fen]
    state: Mapped[OpeningState] = mapped_column(str_enum(OpeningState))
    reason: Mapped[str] = mapped_column(Text)
    proposed_by: Mapped[Ref]
    proposed_at: Mapped[Instant]
    decided_by: Mapped[uuid.UUID | None] = mapped_column(Uuid)
    decided_at: Mapped[datetime | None]
