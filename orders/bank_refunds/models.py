"""Tables of bank refund lists and the payments in them."""

import uuid
from datetime import datetime
from enum import StrEnum

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
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
from orders.bank_entries.models import OtherSide
from orders.payouts.models import PayoutState


class ListState(StrEnum):
    """Whether a second officer has agreed to a list."""

    MADE = "made"
    RELEASED = "released"
    REJECTED = "rejected"


class BankRefundList(Model):
    """What goes back in one file: made by one officer, released by another."""

    __tablename__ = "bank_refund_lists"
    __table_args__ = (
        UniqueConstraint("list_no"),
        CheckConstraint("(state = 'made') = (decided_by IS NULL)", name="decided"),
        CheckConstraint("(decided_at IS NULL) = (decided_by IS NULL)", name="decider"),
        CheckConstraint("state <> 'released' OR decided_by <> made_by", name="two_officers"),
    )

    id: Mapped[Id]
    list_no: Mapped[str] = mapped_column(Text)
    state: Mapped[ListState] = mapped_column(str_enum(ListState))
    payments: Mapped[int] = mapped_column(BigInteger)
    total_fen: Mapped[Fen]
    made_by: Mapped[Ref]
    made_at: Mapped[Instant]
    decided_by: Mapped[uuid.UUID | None] = mapped_column(Uuid)
    decided_at: Mapped[datetime | None]


class CorrectedPayee(Model):
    """Another account for a payer whose own cannot be paid to; the latest one counts.

    Set by one officer; a list that pays to it is made and released by two, and shows it.
    """

    __tablename__ = "corrected_payees"
    __table_args__ = (Index("ix_corrected_payees_bank_entry_id", "bank_entry_id", "id"),)

    id: Mapped[Id]
    bank_entry_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("bank_entries.id"))
    payee: Mapped[bytes] = mapped_column(LargeBinary)
    reason: Mapped[str] = mapped_column(Text)
    set_by: Mapped[Ref]
    set_at: Mapped[Instant]


class BankRefund(Model):
    """One payment back to the account that a receipt came from.

    A refund may take several, one for each transfer that paid; a receipt that belonged to nothing
    goes back whole, without a refund.
    """

    __tablename__ = "bank_refunds"
    __table_args__ = (
        # Not led by an owner: the bank's file knows nothing else.
        UniqueConstraint("payment_no"),
        UniqueConstraint("bank_serial"),
        ForeignKeyConstraint(["account_id", "refund_id"], ["refunds.account_id", "refunds.id"]),
        Index("ix_bank_refunds_refund", "account_id", "refund_id"),
        Index("ix_bank_refunds_list_id", "list_id"),
        Index("ix_bank_refunds_bank_entry_id", "bank_entry_id"),
        Index(
            "uq_bank_refunds_return",
            "bank_entry_id",
            unique=True,
            postgresql_where=text("refund_id IS NULL AND state <> 'failed'"),
        ),
        CheckConstraint("amount_fen > 0", name="amount"),
        CheckConstraint("(refund_id IS NULL) = (account_id IS NULL)", name="refund"),
        CheckConstraint(
            "(state = 'paid') = (bank_serial IS NOT NULL)"
            " AND (state = 'failed') = (failure IS NOT NULL)"
            " AND (state = 'sent') = (answered_at IS NULL)",
            name="answered",
        ),
    )

    id: Mapped[Id]
    list_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("bank_refund_lists.id"))
    payment_no: Mapped[str] = mapped_column(Text)
    bank_entry_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("bank_entries.id"))
    account_id: Mapped[uuid.UUID | None] = mapped_column(Uuid)
    refund_id: Mapped[uuid.UUID | None] = mapped_column(Uuid)
    amount_fen: Mapped[Fen]
    # To whom, as it stood when the list was made; another account than the payer's, and who said so.
    payee: Mapped[bytes] = mapped_column(LargeBinary)
    payee_set_by: Mapped[uuid.UUID | None] = mapped_column(Uuid)
    state: Mapped[PayoutState] = mapped_column(str_enum(PayoutState))
    bank_serial: Mapped[str | None] = mapped_column(Text)
    failure: Mapped[str | None] = mapped_column(Text)
    answered_at: Mapped[datetime | None]

    @property
    def paid_to(self) -> OtherSide:
        """Who is paid, in clear: for the bank's file, and masked for finance officers."""
        return OtherSide.unseal(self.payee)
