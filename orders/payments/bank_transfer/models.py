"""Tables of what payers write on a transfer, the proofs they upload, and the parts that attempts took."""

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Text,
    UniqueConstraint,
)
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.database import Fen, Id, Instant, Model, Ref


class TransferReference(Model):
    """What a payer writes into a transfer's remark, so that its money finds the trade."""

    __tablename__ = "transfer_references"
    __table_args__ = (
        UniqueConstraint("account_id", "id"),
        UniqueConstraint("account_id", "trade_id"),
        # Not led by the owner: the bank's entry knows nothing else.
        UniqueConstraint("code"),
        ForeignKeyConstraint(["account_id", "trade_id"], ["trades.account_id", "trades.id"]),
    )

    id: Mapped[Id]
    account_id: Mapped[Ref]
    trade_id: Mapped[Ref]
    # Letters and digits only: banks lose hyphens and blanks.
    code: Mapped[str] = mapped_column(Text)
    opened_at: Mapped[Instant]


class TransferProof(Model):
    """A picture or paper by which a buyer shows that a transfer was sent; it moves no money."""

    __tablename__ = "transfer_proofs"
    __table_args__ = (
        UniqueConstraint("account_id", "id"),
        UniqueConstraint("account_id", "trade_id", "digest"),
        ForeignKeyConstraint(["account_id", "trade_id"], ["trades.account_id", "trades.id"]),
    )

    id: Mapped[Id]
    account_id: Mapped[Ref]
    trade_id: Mapped[Ref]
    digest: Mapped[str] = mapped_column(Text)
    content_type: Mapped[str] = mapped_column(Text)
    size_bytes: Mapped[int] = mapped_column(BigInteger)
    uploaded_by: Mapped[Ref]
    uploaded_at: Mapped[Instant]


class TransferShare(Model):
    """The part of a bank entry that an attempt took; nothing else gives an attempt its money."""

    __tablename__ = "transfer_shares"
    __table_args__ = (
        UniqueConstraint("account_id", "id"),
        UniqueConstraint("account_id", "attempt_id", "bank_entry_id"),
        ForeignKeyConstraint(
            ["account_id", "attempt_id"], ["payment_attempts.account_id", "payment_attempts.id"]
        ),
        Index("ix_transfer_shares_bank_entry_id", "bank_entry_id"),
        CheckConstraint("amount_fen > 0", name="amount"),
    )

    id: Mapped[Id]
    account_id: Mapped[Ref]
    attempt_id: Mapped[Ref]
    bank_entry_id: Mapped[Ref] = mapped_column(ForeignKey("bank_entries.id"))
    amount_fen: Mapped[Fen]
    taken_at: Mapped[Instant]
