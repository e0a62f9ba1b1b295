"""The table of payout accounts: a change adds a row, so what a statement was paid to stays known."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, Index, LargeBinary, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from marketplace import secrets
from marketplace.database import Id, Instant, Model, Ref, str_enum


class PayoutChannel(StrEnum):
    """How a cooperative is paid: by the bank, or inside the payment provider."""

    BANK = "bank"
    TRANSFER = "transfer"


class PayoutAccount(Model):
    """Where a cooperative is paid, with a bank or with the payment provider; the one without ``replaced_at`` is in use."""

    __tablename__ = "payout_accounts"
    __table_args__ = (
        UniqueConstraint("cooperative_id", "id"),
        Index(
            "uq_payout_accounts_in_use",
            "cooperative_id",
            unique=True,
            postgresql_where=text("replaced_at IS NULL"),
        ),
        CheckConstraint("length(account_tail) = 4", name="tail"),
    )

    id: Mapped[Id]
    cooperative_id: Mapped[Ref]
    channel: Mapped[PayoutChannel] = mapped_column(
        str_enum(PayoutChannel), default=PayoutChannel.BANK, server_default=text("'bank'")
    )
    bank_name: Mapped[str] = mapped_column(Text)
    holder_sealed: Mapped[bytes] = mapped_column(LargeBinary)
    account_sealed: Mapped[bytes] = mapped_column(LargeBinary)
    # To tell the same account from another one without reading either.
    account_index: Mapped[bytes] = mapped_column(LargeBinary)
    account_tail: Mapped[str] = mapped_column(Text)
    set_by: Mapped[Ref]
    set_at: Mapped[Instant]
    replaced_at: Mapped[datetime | None]

    @property
    def account_masked(self) -> str:
        """The account as it may be shown: its last four digits."""
        return f"**** {self.account_tail}"

    @property
    def holder(self) -> str:
        """The name on the account, in clear: for the bank's file only."""
        return secrets.unseal(self.holder_sealed)

    @property
    def account_no(self) -> str:
        """The account's number, in clear: for the bank's file only."""
        return secrets.unseal(self.account_sealed)
