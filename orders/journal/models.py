"""Tables of the journal: entries and their postings, which nobody may change once written."""

import uuid
from datetime import date
from enum import StrEnum

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, UniqueConstraint, Uuid, text
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.database import Day, Id, Instant, Model, Ref, str_enum


class AccountKind(StrEnum):
    """What accounts there are; codes and names stand in ``chart``. With an owner, a kind names one.

    Debits are positive, credits negative: what others owe the shop stands above zero, what the
    shop owes stands below it.
    """

    PROVIDER_CLEARING = "provider_clearing"
    BANK = "bank"
    MONEY_IN_TRANSIT = "money_in_transit"
    UNIDENTIFIED_RECEIPTS = "unidentified_receipts"
    UNIT_RECEIVABLES = "unit_receivables"
    BUYERS_CLEARING = "buyers_clearing"
    COOPERATIVE_PENDING = "cooperative_pending"
    COOPERATIVE_PAYABLE = "cooperative_payable"
    PLATFORM_FEE = "platform_fee"
    PROVIDER_FEE = "provider_fee"
    COUPON_COST = "coupon_cost"
    PENALTIES = "penalties"
    SETTLEMENT_CORRECTIONS = "settlement_corrections"
    BAD_DEBTS = "bad_debts"
    BAD_DEBTS_RECOVERED = "bad_debts_recovered"
    DISPUTED_FUNDS = "disputed_funds"
    HELD_FOR_DISPUTES = "held_for_disputes"
    DISPUTE_LOSSES = "dispute_losses"
    OWN_FUNDS = "own_funds"
    BANK_CHARGES = "bank_charges"
    INTEREST = "interest"
    OTHER_GAINS = "other_gains"
    OTHER_LOSSES = "other_losses"


# Kinds with an account per cooperative, provider or buying unit; the others have one for the platform.
OWNED = frozenset(
    {
        AccountKind.COOPERATIVE_PENDING,
        AccountKind.COOPERATIVE_PAYABLE,
        AccountKind.PROVIDER_CLEARING,
        AccountKind.PROVIDER_FEE,
        AccountKind.UNIT_RECEIVABLES,
    }
)


class EntryKind(StrEnum):
    """What happened; with its cause it names an entry, so that a repeat writes nothing."""

    PAYMENT_CAPTURED = "payment_captured"
    TRADE_PAID = "trade_paid"
    ORDER_COMPLETED = "order_completed"
    REFUND_AGREED = "refund_agreed"
    REFUND_PAID = "refund_paid"
    REFUND_RETURNED = "refund_returned"
    FEE_REFUNDED = "fee_refunded"
    STATEMENT_PAID = "statement_paid"
    STATEMENT_TRANSFERRED = "statement_transferred"
    TRANSFER_REVERSED = "transfer_reversed"
    STATEMENT_CORRECTED = "statement_corrected"
    BANK_RECEIVED = "bank_received"
    RECEIPT_IDENTIFIED = "receipt_identified"
    RECEIPT_RETURNED = "receipt_returned"
    BANK_REFUND_PAID = "bank_refund_paid"
    REFUND_PAID_OTHERWISE = "refund_paid_otherwise"
    GOODS_RELEASED = "goods_released"
    RECEIVABLE_PAID = "receivable_paid"
    RECEIVABLE_REDUCED = "receivable_reduced"
    DEBT_WRITTEN_OFF = "debt_written_off"
    PROVIDER_FEE_TAKEN = "provider_fee_taken"
    PROVIDER_PAID_OUT = "provider_paid_out"
    PROVIDER_PAYOUT_ARRIVED = "provider_payout_arrived"
    DISPUTE_MOVED = "dispute_moved"
    DISPUTE_HELD = "dispute_held"
    DISPUTE_RELEASED = "dispute_released"
    DISPUTE_LOST = "dispute_lost"
    DISPUTE_BORNE = "dispute_borne"
    REFUND_CHARGED_BACK = "refund_charged_back"
    BANK_CHARGED = "bank_charged"
    INTEREST_BOOKED = "interest_booked"
    PROVIDER_FEE_CORRECTED = "provider_fee_corrected"
    OWN_FUNDS_MOVED = "own_funds_moved"
    OTHERWISE_MOVED = "otherwise_moved"
    BANK_OPENED = "bank_opened"


class JournalEntry(Model):
    """One event in money, booked on a Shanghai day; its postings sum to zero."""

    __tablename__ = "journal_entries"
    __table_args__ = (
        UniqueConstraint("kind", "cause_id"),
        Index("ix_journal_entries_booked_on", "booked_on"),
    )

    id: Mapped[Id]
    kind: Mapped[EntryKind] = mapped_column(str_enum(EntryKind))
    cause_id: Mapped[Ref]
    booked_on: Mapped[Day]
    recorded_at: Mapped[Instant]


class Posting(Model):
    """One side of an entry: an amount on one account. An account is a kind and its owner.

    There is no table of accounts: every sale would lock the same few rows of it by foreign key.
    """

    __tablename__ = "journal_postings"
    __table_args__ = (
        Index("ix_journal_postings_entry_id", "entry_id"),
        Index(
            "ix_journal_postings_account_kind_owner_id_booked_on",
            "account_kind",
            "owner_id",
            "booked_on",
        ),
        Index(
            "ix_journal_postings_order_id",
            "order_id",
            postgresql_where=text("order_id IS NOT NULL"),
        ),
        # What was booked since the last folded day, and the folding of a day.
        Index(
            "ix_journal_postings_booked_on",
            "booked_on",
            postgresql_using="brin",
            postgresql_with={"autosummarize": True, "pages_per_range": 32},
        ),
        CheckConstraint("amount_fen <> 0", name="amount"),
        CheckConstraint(
            "(account_kind IN ('cooperative_pending', 'cooperative_payable',"
            " 'provider_clearing', 'provider_fee', 'unit_receivables')) = (owner_id IS NOT NULL)",
            name="owner",
        ),
    )

    id: Mapped[Id]
    entry_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("journal_entries.id"))
    account_kind: Mapped[AccountKind] = mapped_column(str_enum(AccountKind))
    owner_id: Mapped[uuid.UUID | None] = mapped_column(Uuid)
    order_id: Mapped[uuid.UUID | None] = mapped_column(Uuid)
    amount_fen: Mapped[int] = mapped_column(BigInteger)
    # The entry's day, repeated here so that an account is summed from one index.
    booked_on: Mapped[date]


class JournalDay(Model):
    """A folded day that has entries: how many, and the number of its first one within the month.

    An entry's voucher number 凭证号 follows from it: entries of a day stand in order of id, and a
    folded day takes no more of them, so a number once read stays.
    """

    __tablename__ = "journal_days"
    __table_args__ = (
        UniqueConstraint("booked_on"),
        CheckConstraint("first_number > 0 AND entries > 0", name="counts"),
    )

    id: Mapped[Id]
    booked_on: Mapped[date]
    first_number: Mapped[int] = mapped_column(BigInteger)
    entries: Mapped[int] = mapped_column(BigInteger)


class JournalDailySum(Model):
    """What a folded day moved on one account."""

    __tablename__ = "journal_daily_sums"
    __table_args__ = (
        Index("ix_journal_daily_sums_booked_on", "booked_on", "account_kind", "owner_id"),
        Index("ix_journal_daily_sums_account", "account_kind", "owner_id", "booked_on"),
        CheckConstraint("debit_fen >= 0 AND credit_fen >= 0", name="sides"),
    )

    id: Mapped[Id]
    booked_on: Mapped[date]
    account_kind: Mapped[AccountKind] = mapped_column(str_enum(AccountKind))
    owner_id: Mapped[uuid.UUID | None] = mapped_column(Uuid)
    debit_fen: Mapped[int] = mapped_column(BigInteger)
    credit_fen: Mapped[int] = mapped_column(BigInteger)


class JournalMonthSum(Model):
    """What a month that is folded to its end moved on one account, and the balance at its end.

    Accounts that neither moved nor hold anything are left out.
    """

    __tablename__ = "journal_month_sums"
    __table_args__ = (
        Index("ix_journal_month_sums_month_end", "month_end", "account_kind", "owner_id"),
        Index("ix_journal_month_sums_account", "account_kind", "owner_id", "month_end"),
        CheckConstraint("debit_fen >= 0 AND credit_fen >= 0", name="sides"),
    )

    id: Mapped[Id]
    month_end: Mapped[Day]
    account_kind: Mapped[AccountKind] = mapped_column(str_enum(AccountKind))
    owner_id: Mapped[uuid.UUID | None] = mapped_column(Uuid)
    debit_fen: Mapped[int] = mapped_column(BigInteger)
    credit_fen: Mapped[int] = mapped_column(BigInteger)
    balance_fen: Mapped[int] = mapped_column(BigInteger)
