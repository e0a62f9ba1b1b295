"""Tables of imported bank statements, their entries, and what officers say that receipts are for."""

import uuid
from dataclasses import asdict, dataclass
from datetime import datetime
from enum import StrEnum

import orjson
from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Index,
    LargeBinary,
    Text,
    UniqueConstraint,
    Uuid,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from marketplace import secrets
from marketplace.database import Fen, Id, Instant, Model, Ref, str_enum
from orders.journal.direct_entries import Purpose


class EntryState(StrEnum):
    """What is known of an entry: money that came in, or (``outgoing``) money that left.

    A receipt may be several things, part by part. While a part waits for its second officer it is
    ``proposed``; while nobody has said what some of it is, ``unidentified``.
    """

    UNIDENTIFIED = "unidentified"
    PROPOSED = "proposed"
    IDENTIFIED = "identified"
    RETURNING = "returning"
    RETURNED = "returned"
    OUTGOING = "outgoing"


class MatchKind(StrEnum):
    """What a receipt is said to be: a trade's payment, a provider's payout, or nothing of ours.

    Or money of no sale, by the words of ``journal.direct_entries.Purpose``.
    """

    TRADE = "trade"
    PAYOUT = "payout"
    RETURN = "return"
    INTEREST = "interest"
    BANK_CHARGE = "bank_charge"
    OWN_FUNDS = "own_funds"
    OTHER = "other"


DIRECT = frozenset(set(MatchKind) & set(Purpose))


class MatchState(StrEnum):
    """Whether a second officer has agreed."""

    PROPOSED = "proposed"
    CONFIRMED = "confirmed"
    REJECTED = "rejected"


class BankImport(Model):
    """One file of the bank's entries that an officer brought in."""

    __tablename__ = "bank_imports"

    id: Mapped[Id]
    rows: Mapped[int] = mapped_column(BigInteger)
    fresh: Mapped[int] = mapped_column(BigInteger)
    imported_by: Mapped[Ref]
    imported_at: Mapped[Instant]


class BankEntry(Model):
    """One line of the bank's statement, known once by the bank's serial number."""

    __tablename__ = "bank_entries"
    __table_args__ = (
        UniqueConstraint("serial"),
        Index("ix_bank_entries_import_id", "import_id"),
        Index("ix_bank_entries_state", "state", "occurred_at", "id"),
        Index("ix_bank_entries_occurred_at", "occurred_at", "id"),
        CheckConstraint("amount_fen > 0", name="amount"),
    )

    id: Mapped[Id]
    import_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("bank_imports.id"))
    serial: Mapped[str] = mapped_column(Text)
    state: Mapped[EntryState] = mapped_column(str_enum(EntryState))
    amount_fen: Mapped[Fen]
    occurred_at: Mapped[Instant]
    # What stood on the account afterwards, where the bank's file says so.
    balance_fen: Mapped[int | None] = mapped_column(BigInteger)
    # The other side's name, account, bank and remark: personal data where a person pays.
    other_side: Mapped[bytes] = mapped_column(LargeBinary)
    account_tail: Mapped[str] = mapped_column(Text)

    @property
    def payer(self) -> "OtherSide":
        """Who is on the other side, in clear: for finance officers only."""
        return OtherSide.unseal(self.other_side)


@dataclass(frozen=True, slots=True, kw_only=True)
class OtherSide:
    """Who is on the other side of an entry, and what was written on it."""

    name: str
    account_no: str
    bank_name: str
    remark: str

    @property
    def account_masked(self) -> str:
        """The account as it may be shown: its last four digits."""
        return f"**** {self.account_no[-4:]}" if self.account_no else ""

    def seal(self) -> bytes:
        """Return it encrypted, for a column."""
        return secrets.seal(orjson.dumps(asdict(self)).decode())

    @classmethod
    def unseal(cls, sealed: bytes) -> "OtherSide":
        """Read what ``seal`` made."""
        return cls(**orjson.loads(secrets.unseal(sealed)))


class BankMatch(Model):
    """What one officer says a receipt, or a part of it, is for, and whether another one agrees.

    For entries whose remark names a trade, the officer who brought the statement in is the first.
    """

    __tablename__ = "bank_matches"
    __table_args__ = (
        Index(
            "uq_bank_matches_trade",
            "bank_entry_id",
            "trade_id",
            unique=True,
            postgresql_where=text("state <> 'rejected' AND kind = 'trade'"),
        ),
        Index(
            "uq_bank_matches_return",
            "bank_entry_id",
            unique=True,
            postgresql_where=text("state <> 'rejected' AND kind = 'return'"),
        ),
        CheckConstraint("amount_fen > 0", name="amount"),
        Index("ix_bank_matches_bank_entry_id", "bank_entry_id"),
        Index(
            "ix_bank_matches_trade_id", "trade_id", postgresql_where=text("trade_id IS NOT NULL")
        ),
        Index("ix_bank_matches_movement_id", "movement_id"),
        # A provider sends a payout once.
        Index(
            "uq_bank_matches_movement",
            "movement_id",
            unique=True,
            postgresql_where=text("state <> 'rejected' AND kind = 'payout'"),
        ),
        CheckConstraint("(kind = 'trade') = (trade_id IS NOT NULL)", name="target"),
        CheckConstraint("(kind = 'payout') = (movement_id IS NOT NULL)", name="movement"),
        CheckConstraint("(state = 'proposed') = (decided_at IS NULL)", name="decided"),
        CheckConstraint("(decided_at IS NULL) = (decided_by IS NULL)", name="decider"),
        CheckConstraint("state <> 'confirmed' OR decided_by <> proposed_by", name="two_officers"),
    )

    id: Mapped[Id]
    bank_entry_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("bank_entries.id"))
    kind: Mapped[MatchKind] = mapped_column(str_enum(MatchKind))
    # Without a foreign key: the trade is its buyer's, the match is the platform's.
    trade_id: Mapped[uuid.UUID | None] = mapped_column(Uuid)
    movement_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("provider_movements.id"))
    # All of the receipt, or the part of it that this is about.
    amount_fen: Mapped[Fen]
    state: Mapped[MatchState] = mapped_column(str_enum(MatchState))
    reason: Mapped[str] = mapped_column(Text)
    proposed_by: Mapped[Ref]
    proposed_at: Mapped[Instant]
    decided_by: Mapped[uuid.UUID | None] = mapped_column(Uuid)
    decided_at: Mapped[datetime | None]
