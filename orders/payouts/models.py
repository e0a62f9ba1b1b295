"""Tables of payout batches and the payouts in them."""

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
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.database import Fen, Id, Instant, Model, Ref, str_enum
from orders.payout_accounts.models import PayoutChannel


class PayoutState(StrEnum):
    """Whether the bank has answered, and what."""

    SENT = "sent"
    PAID = "paid"
    FAILED = "failed"


class PayoutBatch(Model):
    """What goes to the bank in one file, or is transferred inside the payment provider."""

    __tablename__ = "payout_batches"
    __table_args__ = (UniqueConstraint("batch_no"),)

    id: Mapped[Id]
    batch_no: Mapped[str] = mapped_column(Text)
    channel: Mapped[PayoutChannel] = mapped_column(
        str_enum(PayoutChannel), default=PayoutChannel.BANK, server_default=text("'bank'")
    )
    payouts: Mapped[int] = mapped_column(BigInteger)
    total_fen: Mapped[Fen]
    made_by: Mapped[Ref]
    made_at: Mapped[Instant]


class Payout(Model):
    """One try to pay a statement; a statement has one at most that did not fail."""

    __tablename__ = "payouts"
    __table_args__ = (
        UniqueConstraint("cooperative_id", "id"),
        # Not led by the owner: the bank's file knows nothing else.
        UniqueConstraint("payout_no"),
        UniqueConstraint("bank_serial"),
        ForeignKeyConstraint(
            ["cooperative_id", "statement_id"], ["statements.cooperative_id", "statements.id"]
        ),
        ForeignKeyConstraint(
            ["cooperative_id", "payout_account_id"],
            ["payout_accounts.cooperative_id", "payout_accounts.id"],
        ),
        Index("ix_payouts_statement", "cooperative_id", "statement_id"),
        Index(
            "uq_payouts_live",
            "cooperative_id",
            "statement_id",
            unique=True,
            postgresql_where=text("state <> 'failed'"),
        ),
        Index("ix_payouts_account", "cooperative_id", "payout_account_id"),
        Index("ix_payouts_batch_id", "batch_id"),
        CheckConstraint("amount_fen > 0", name="amount"),
        CheckConstraint(
            "(state = 'paid') = (bank_serial IS NOT NULL)"
            " AND (state = 'failed') = (failure IS NOT NULL)"
            " AND (state = 'sent') = (answered_at IS NULL)",
            name="answered",
        ),
    )

    id: Mapped[Id]
    cooperative_id: Mapped[Ref]
    cooperative_name: Mapped[str] = mapped_column(Text)
    batch_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("payout_batches.id"))
    statement_id: Mapped[Ref]
    statement_no: Mapped[str] = mapped_column(Text)
    payout_account_id: Mapped[Ref]
    payout_no: Mapped[str] = mapped_column(Text)
    amount_fen: Mapped[Fen]
    state: Mapped[PayoutState] = mapped_column(str_enum(PayoutState))
    # The bank's number of the payment, or the provider's of the transfer.
    bank_serial: Mapped[str | None] = mapped_column(Text)
    # Kept also where a transfer was taken back.
    transfer_reference: Mapped[str | None] = mapped_column(Text)
    failure: Mapped[str | None] = mapped_column(Text)
    answered_at: Mapped[datetime | None]
