"""Tables of the journal: entries and their postings, which nobody may change once written."""

import uuid
from datetime import date
from enum import StrEnum

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, UniqueConstraint, Uuid, text
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.database import Day, Id, Instant, Model, Ref, str_enum
from marketplace.language import Text


class AccountKind(StrEnum):
    """The chart of accounts. With an owner, a kind names one account.

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


ACCOUNT_TITLES: dict[AccountKind, Text] = {
    AccountKind.PROVIDER_CLEARING: Text("支付渠道待结算款", "Held by payment providers"),
    AccountKind.BANK: Text("银行存款", "Bank"),
    AccountKind.MONEY_IN_TRANSIT: Text("在途资金", "On its way to the bank"),
    AccountKind.UNIDENTIFIED_RECEIPTS: Text("待查款项", "Receipts not identified yet"),
    AccountKind.UNIT_RECEIVABLES: Text("应收采购单位货款", "Receivable from buying units"),
    AccountKind.BUYERS_CLEARING: Text("买家往来款", "Buyers' clearing"),
    AccountKind.COOPERATIVE_PENDING: Text("合作社待确认货款", "Cooperatives, not yet due"),
    AccountKind.COOPERATIVE_PAYABLE: Text("应付合作社货款", "Cooperatives, payable"),
    AccountKind.PLATFORM_FEE: Text("平台服务费收入", "Platform fee income"),
    AccountKind.PROVIDER_FEE: Text("支付渠道手续费", "Provider fees"),
    AccountKind.COUPON_COST: Text("优惠券成本", "Coupon cost"),
    AccountKind.PENALTIES: Text("违约金", "Penalties"),
    AccountKind.SETTLEMENT_CORRECTIONS: Text("结算更正", "Settlement corrections"),
}

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
    STATEMENT_CORRECTED = "statement_corrected"
    BANK_RECEIVED = "bank_received"
    RECEIPT_IDENTIFIED = "receipt_identified"
    RECEIPT_RETURNED = "receipt_returned"
    BANK_REFUND_PAID = "bank_refund_paid"
    REFUND_PAID_OTHERWISE = "refund_paid_otherwise"
    GOODS_RELEASED = "goods_released"
    RECEIVABLE_PAID = "receivable_paid"
    RECEIVABLE_REDUCED = "receivable_reduced"
    PROVIDER_FEE_TAKEN = "provider_fee_taken"
    PROVIDER_PAID_OUT = "provider_paid_out"


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
