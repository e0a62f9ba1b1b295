"""What the shop asks of any payment provider, in its own words; each provider has one adapter.

Every call stands outside a transaction and carries an id of ours, which the provider takes as
its idempotency key: asking twice is asking once. A call has three ends. It answers with facts;
it raises ``ProviderRefused`` when the provider says no and nothing moved; or it raises
``ProviderUnreachable``, after which nothing is known and the truth must be looked up.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Protocol, TypeGuard, runtime_checkable
from uuid import UUID

from marketplace.identity.actor import Actor
from orders.trades.models import Trade

# The one means to pay that needs more than its name: the card itself.
CARD = "card"


class PaymentStanding(StrEnum):
    """How a payment stands with its provider."""

    PENDING = "pending"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CLOSED = "closed"


class RefundStanding(StrEnum):
    """How a refund stands with its provider."""

    PENDING = "pending"
    SUCCEEDED = "succeeded"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentRequest:
    """A payment that the shop asks the provider to collect."""

    attempt_id: UUID
    number: str
    amount_fen: int
    currency: str
    subject: str
    return_url: str
    notify_url: str
    # Which of the provider's means to pay, and the card a storefront collected with it. A card
    # without one is filled into the provider's own form.
    method: str = ""
    payment_method: str | None = None
    # The provider's own reference, once its answer was heard.
    provider_reference: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """The provider's answer: its own reference, and where the shopper goes to pay.

    Either an address to go to, or a code to scan, or neither: the payment is already on its way.
    """

    provider_reference: str
    redirect_url: str | None
    qr_code: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CardForm:
    """What a browser needs to show the provider's card form for one payment, to its payer only."""

    script_url: str
    publishable_key: str
    client_secret: str = field(repr=False)
    return_url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentFacts:
    """What the provider says of one payment; ``amount`` is in the currency's smallest unit."""

    attempt_id: UUID
    provider_reference: str
    standing: PaymentStanding
    amount: int
    currency: str
    occurred_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundRequest:
    """Money that the shop asks the provider to give back; ``refund_id`` and ``round`` are the idempotency
    key.
    """

    refund_id: UUID
    attempt_id: UUID
    provider_reference: str
    amount: int
    currency: str
    # The provider's reference of the refund itself, once its answer was heard.
    refund_reference: str | None = None
    # How often a person had it tried again after the provider refused: each is a refund of its own.
    round: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundFacts:
    """What the provider says of one refund."""

    refund_id: UUID
    provider_reference: str
    standing: RefundStanding
    amount: int
    currency: str
    occurred_at: datetime
    # Why it failed, as the provider calls it.
    failure: str | None = None


class DisputeStanding(StrEnum):
    """How a dispute stands with the payer's bank; an inquiry asks before any money moves."""

    INQUIRY = "inquiry"
    INQUIRY_REVIEWED = "inquiry_reviewed"
    INQUIRY_CLOSED = "inquiry_closed"
    NEEDS_RESPONSE = "needs_response"
    UNDER_REVIEW = "under_review"
    LOST = "lost"
    WON = "won"


@dataclass(frozen=True, slots=True, kw_only=True)
class DisputeMovement:
    """Money that the provider took (below zero) or gave back for a dispute; its fee is apart."""

    reference: str
    amount: int
    fee: int
    currency: str
    occurred_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class DisputeFacts:
    """What the provider says of one dispute, about the payment that it calls so."""

    provider_reference: str
    payment_reference: str
    standing: DisputeStanding
    reason: str
    amount: int
    currency: str
    due_at: datetime | None
    is_answered: bool
    movements: tuple[DisputeMovement, ...]
    opened_at: datetime
    occurred_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class TransferRequest:
    """Money to move from our balance at the provider into an account there; ``payout_id`` is the
    idempotency key.
    """

    payout_id: UUID
    number: str
    account: str
    amount_fen: int
    currency: str
    group: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TransferFacts:
    """What the provider says of one transfer."""

    payout_id: UUID
    provider_reference: str
    amount: int
    currency: str
    # The connected account that it went to.
    account: str
    is_reversed: bool
    occurred_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """What the shop tells the payer's bank; a paper is its name, type and bytes."""

    explanation: str
    goods: str = ""
    courier: str = ""
    waybill_no: str = ""
    shipped_on: str = ""
    paper: tuple[str, str, bytes] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """A notice whose signature, age and merchant have been checked.

    One without facts tells of something that is not ours to act on; it is kept in the inbox.
    """

    event_id: str
    kind: str
    facts: PaymentFacts | RefundFacts | DisputeFacts | TransferFacts | None


class ProviderUnreachable(Exception):
    """No answer came: whether the provider acted is unknown until it is looked up."""


class ProviderRefused(Exception):
    """The provider said no, and nothing moved."""


class EventRefused(Exception):
    """The notice is not the provider's, not for this merchant, or too old to trust."""


class Provider(Protocol):
    """One payment provider."""

    name: str
    # The means to pay that it offers, the usual one first; "" where it asks the shopper itself.
    methods: tuple[str, ...]

    def open_payment(self, request: PaymentRequest) -> Opened:
        """Open the payment, or return the one already opened for this attempt."""

    def look_up(self, request: PaymentRequest) -> PaymentFacts | None:
        """Return how the payment stands; None when the provider never heard of it."""

    def close(self, request: PaymentRequest) -> PaymentFacts | None:
        """Close the payment unless it is decided; return how it stands afterwards."""

    def refund(self, request: RefundRequest) -> RefundFacts:
        """Give money back, or return the refund already made under this id."""

    def read_event(self, raw: bytes, headers: Mapping[str, str]) -> Event:
        """Check a notice over its raw bytes and translate it, or raise ``EventRefused``."""


@runtime_checkable
class MovesMoney(Protocol):
    """A provider that moves money from our balance into others' accounts with it."""

    def transfer(self, request: TransferRequest) -> TransferFacts:
        """Move it, or return the transfer already made under this id."""


@runtime_checkable
class HasCardForm(Protocol):
    """A provider whose own card form may stand in a page of ours."""

    has_card_form: bool

    def open_card_form(self, request: PaymentRequest) -> CardForm | None:
        """Return what the form needs; None once the payment waits for no card any more."""


@runtime_checkable
class TakesEvidence(Protocol):
    """A provider that hands evidence about a disputed payment on to the payer's bank."""

    def answer_dispute(self, dispute_id: UUID, reference: str, evidence: Evidence) -> DisputeFacts:
        """Send evidence, once for all; return how the dispute stands afterwards."""


@runtime_checkable
class OwnMeans(Protocol):
    """A provider that the shop is itself: a payment starts in the shop's own transaction."""

    def is_offered(self, trade: Trade) -> bool:
        """Tell whether a trade may be paid by it."""

    def start(self, actor: Actor, trade_id: UUID) -> UUID:
        """Start paying a trade and return the attempt's id."""


_own: dict[type, bool] = {}


def is_own(provider: object) -> TypeGuard[OwnMeans]:
    """Tell whether a provider is the shop itself; every purchase asks, so it is known by class."""
    kind = type(provider)
    if kind not in _own:
        _own[kind] = isinstance(provider, OwnMeans)
    return _own[kind]
