"""Tables of payment attempts, the inbox of provider events, and refunds (all the buyer's)."""

import uuid
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKeyConstraint,
    Index,
    Integer,
    Text,
    UniqueConstraint,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.database import Fen, Id, Instant, Model, Ref, str_enum

CURRENCY = "CNY"


class PaymentState(StrEnum):
    """Where an attempt stands. Later members outrank earlier ones, whatever order news comes in."""

    CREATED = "created"
    PENDING = "pending"
    FAILED = "failed"
    CLOSED = "closed"
    SUCCEEDED = "succeeded"


OPEN_STATES = (PaymentState.CREATED, PaymentState.PENDING)


class PaymentOutcome(StrEnum):
    """What became of money that arrived: it paid its trade, or it goes back for one reason."""

    ACCEPTED = "accepted"
    SECOND_SUCCESS = "second_success"
    TRADE_CANCELLED = "trade_cancelled"
    TRADE_EXPIRED = "trade_expired"
    WRONG_AMOUNT = "wrong_amount"
    OTHER_CURRENCY = "other_currency"
    # It settled what a unit owed for goods that came first.
    REPAID = "repaid"


# What stays; all other money goes back.
KEPT = frozenset({PaymentOutcome.ACCEPTED, PaymentOutcome.REPAID})


class RefundState(StrEnum):
    """Where a refund stands. Later members outrank earlier ones, whatever order news comes in."""

    REQUESTED = "requested"
    SENT = "sent"
    FAILED = "failed"
    SUCCEEDED = "succeeded"


class RefundReason(StrEnum):
    """Why money goes back; the first is agreed by people, the others happen by themselves."""

    AFTERSALES = "aftersales"
    SECOND_SUCCESS = "second_success"
    TRADE_CANCELLED = "trade_cancelled"
    TRADE_EXPIRED = "trade_expired"
    WRONG_AMOUNT = "wrong_amount"
    OTHER_CURRENCY = "other_currency"
    # A unit repaid goods that were refunded afterwards.
    DEBT_REDUCED = "debt_reduced"


class PaymentAttempt(Model):
    """One try to have a trade paid: one call to one provider, under our id."""

    __tablename__ = "payment_attempts"
    __table_args__ = (
        UniqueConstraint("account_id", "id"),
        UniqueConstraint("account_id", "payment_no"),
        # Not led by the owner: it is the provider's promise, and a notice knows nothing else.
        UniqueConstraint("provider", "provider_reference"),
        ForeignKeyConstraint(["account_id", "trade_id"], ["trades.account_id", "trades.id"]),
        Index("ix_payment_attempts_account_id_trade_id", "account_id", "trade_id"),
        Index(
            "ix_payment_attempts_next_poll_at",
            "next_poll_at",
            postgresql_where=text("state IN ('created', 'pending')"),
        ),
        Index(
            "ix_payment_attempts_succeeded_at",
            "provider",
            "succeeded_at",
            postgresql_where=text("succeeded_at IS NOT NULL"),
        ),
        CheckConstraint("amount_fen > 0 AND captured >= 0", name="amounts"),
        # No two refunds, however they race, give back more than came in.
        CheckConstraint("refunded BETWEEN 0 AND captured", name="refunded"),
        CheckConstraint(
            "(state = 'succeeded') = (outcome IS NOT NULL AND succeeded_at IS NOT NULL)",
            name="outcome",
        ),
    )

    id: Mapped[Id]
    account_id: Mapped[Ref]
    trade_id: Mapped[Ref]
    payment_no: Mapped[str] = mapped_column(Text)
    provider: Mapped[str] = mapped_column(Text)
    # Which of the provider's means; empty where the provider asks the shopper itself.
    method: Mapped[str] = mapped_column(Text, default="", server_default="")
    # The card, as the provider names it; its number never comes here.
    payment_method: Mapped[str | None] = mapped_column(Text)
    provider_reference: Mapped[str | None] = mapped_column(Text)
    state: Mapped[PaymentState] = mapped_column(str_enum(PaymentState))
    amount_fen: Mapped[Fen]
    # What really came in, in the smallest unit of the currency it came in.
    captured: Mapped[int] = mapped_column(BigInteger, default=0)
    captured_currency: Mapped[str | None] = mapped_column(Text)
    # The sum of this attempt's refunds, kept here so that a guarded update can refuse too much.
    refunded: Mapped[int] = mapped_column(BigInteger, default=0)
    outcome: Mapped[PaymentOutcome | None] = mapped_column(str_enum(PaymentOutcome))
    redirect_url: Mapped[str | None] = mapped_column(Text)
    # What a wallet scans instead of going to an address.
    qr_code: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[Instant]
    succeeded_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    polls: Mapped[int] = mapped_column(Integer, default=0)
    next_poll_at: Mapped[Instant]


class PaymentEvent(Model):
    """A provider's notice, kept once; the row and its effect are written together."""

    __tablename__ = "payment_events"
    __table_args__ = (UniqueConstraint("provider", "event_id"),)

    id: Mapped[Id]
    provider: Mapped[str] = mapped_column(Text)
    event_id: Mapped[str] = mapped_column(Text)
    kind: Mapped[str] = mapped_column(Text)
    # Ours, as the provider repeats it; without a foreign key, because it may know one that we do not.
    subject_id: Mapped[uuid.UUID | None] = mapped_column(Uuid)
    facts: Mapped[dict[str, Any]] = mapped_column(JSONB)
    effect: Mapped[str] = mapped_column(Text)
    received_at: Mapped[Instant]


class ProviderReading(Model):
    """When a provider's own list of events was last read, for notices that never came."""

    __tablename__ = "provider_readings"

    provider: Mapped[str] = mapped_column(Text, primary_key=True)
    read_at: Mapped[Instant]


class Refund(Model):
    """Money to give back from one attempt; once per reason and cause."""

    __tablename__ = "refunds"
    __table_args__ = (
        UniqueConstraint("account_id", "id"),
        UniqueConstraint("account_id", "reason", "cause_id"),
        UniqueConstraint("account_id", "refund_no"),
        ForeignKeyConstraint(
            ["account_id", "attempt_id"], ["payment_attempts.account_id", "payment_attempts.id"]
        ),
        Index("ix_refunds_account_id_attempt_id", "account_id", "attempt_id"),
        Index("ix_refunds_order_id", "order_id", postgresql_where=text("order_id IS NOT NULL")),
        Index(
            "ix_refunds_next_try_at",
            "next_try_at",
            postgresql_where=text("state IN ('requested', 'sent')"),
        ),
        Index("ix_refunds_ended_at", "ended_at", postgresql_where=text("state = 'succeeded'")),
        Index("ix_refunds_tried_again", "id", postgresql_where=text("rounds > 0")),
        Index("ix_refunds_failed", "requested_at", "id", postgresql_where=text("state = 'failed'")),
        CheckConstraint("amount > 0", name="amount"),
        CheckConstraint(
            "(reason = 'aftersales') = (order_id IS NOT NULL AND cooperative_id IS NOT NULL)",
            name="order",
        ),
    )

    id: Mapped[Id]
    account_id: Mapped[Ref]
    attempt_id: Mapped[Ref]
    refund_no: Mapped[str] = mapped_column(Text)
    reason: Mapped[RefundReason] = mapped_column(str_enum(RefundReason))
    # The after-sales case that asked for it, or the attempt whose money could not be kept.
    cause_id: Mapped[Ref]
    cooperative_id: Mapped[uuid.UUID | None] = mapped_column(Uuid)
    order_id: Mapped[uuid.UUID | None] = mapped_column(Uuid)
    state: Mapped[RefundState] = mapped_column(str_enum(RefundState))
    amount: Mapped[int] = mapped_column(BigInteger)
    currency: Mapped[str] = mapped_column(Text)
    # What of the platform's coupons came back with the goods, beside what the buyer gets.
    coupon_fen: Mapped[int] = mapped_column(BigInteger, default=0, server_default=text("0"))
    provider_reference: Mapped[str | None] = mapped_column(Text)
    failure: Mapped[str | None] = mapped_column(Text)
    # How often a person had it tried again, and what the provider called the tries that failed.
    rounds: Mapped[int] = mapped_column(Integer, default=0, server_default="0")
    given_up_references: Mapped[list[str]] = mapped_column(
        ARRAY(Text), default=list, server_default="{}"
    )
    requested_at: Mapped[Instant]
    ended_at: Mapped[datetime | None]
    tries: Mapped[int] = mapped_column(Integer, default=0)
    next_try_at: Mapped[Instant]


class RefundReturn(Model):
    """Money of a refund that had gone out and came back: the buyer's bank did not take it."""

    __tablename__ = "refund_returns"
    __table_args__ = (
        # Not led by the owner: it is the provider's name of the refund, which fails once at most.
        UniqueConstraint("provider_reference"),
        ForeignKeyConstraint(["account_id", "refund_id"], ["refunds.account_id", "refunds.id"]),
        Index("ix_refund_returns_refund", "account_id", "refund_id", "id"),
        CheckConstraint("amount > 0", name="amount"),
    )

    id: Mapped[Id]
    account_id: Mapped[Ref]
    refund_id: Mapped[Ref]
    provider_reference: Mapped[str] = mapped_column(Text)
    amount: Mapped[int] = mapped_column(BigInteger)
    currency: Mapped[str] = mapped_column(Text)
    came_back_at: Mapped[Instant]
