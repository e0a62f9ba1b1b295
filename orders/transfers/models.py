"""The table of connected accounts that one officer names and another confirms."""

import uuid
from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, Index, Text, UniqueConstraint, Uuid, text
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.database import Id, Instant, Model, Ref, str_enum


class ProposalState(StrEnum):
    """Whether a second officer has agreed."""

    PROPOSED = "proposed"
    CONFIRMED = "confirmed"
    REJECTED = "rejected"


class TransferAccount(Model):
    """A cooperative's account with the provider, as an officer names it and another confirms it.

    Once confirmed it becomes the cooperative's payout account, as a bank account would.
    """

    __tablename__ = "transfer_accounts"
    __table_args__ = (
        UniqueConstraint("cooperative_id", "id"),
        Index(
            "uq_transfer_accounts_proposed",
            "cooperative_id",
            unique=True,
            postgresql_where=text("state = 'proposed'"),
        ),
        CheckConstraint("(state = 'proposed') = (decided_by IS NULL)", name="decided"),
        CheckConstraint("(decided_by IS NULL) = (decided_at IS NULL)", name="decider"),
        CheckConstraint("state <> 'confirmed' OR decided_by <> proposed_by", name="two_officers"),
    )

    id: Mapped[Id]
    cooperative_id: Mapped[Ref]
    reference: Mapped[str] = mapped_column(Text)
    state: Mapped[ProposalState] = mapped_column(str_enum(ProposalState))
    proposed_by: Mapped[Ref]
    proposed_at: Mapped[Instant]
    decided_by: Mapped[uuid.UUID | None] = mapped_column(Uuid)
    decided_at: Mapped[datetime | None]
