"""The shop's side of the sandbox: its calls and notices translated into the provider interface."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import Row
from sqlalchemy.exc import DBAPIError

from orders.payments.movements import Movement
from orders.payments.provider import (
    Event,
    EventRefused,
    Opened,
    PaymentFacts,
    PaymentRequest,
    PaymentStanding,
    ProviderRefused,
    ProviderUnreachable,
    RefundFacts,
    RefundRequest,
    RefundStanding,
)
from orders.payments.sandbox import movements, service
from orders.payments.sandbox.notices import SIGNATURE_HEADER
from orders.payments.signatures import SHORTEST_SECRET, check_signature

MERCHANT = "jiedui"


class SandboxProvider:
    """The sandbox as a payment provider of this shop."""

    name = "sandbox"
    methods: tuple[str, ...] = ("",)

    def __init__(self, webhook_secret: str, public_url: str) -> None:
        if len(webhook_secret) < SHORTEST_SECRET:
            raise ValueError("without a webhook secret anyone could announce a payment")
        self._secret = webhook_secret
        self._public_url = public_url.rstrip("/")

    def open_payment(self, request: PaymentRequest) -> Opened:
        """Open the payment, or return the one already opened for this attempt."""
        try:
            reference = service.open_payment(
                merchant=MERCHANT,
                merchant_reference=request.attempt_id,
                number=request.number,
                amount=request.amount_fen,
                currency=request.currency,
                subject=request.subject,
                return_url=request.return_url,
                notify_url=request.notify_url,
            )
        except service.SandboxTimeout as lost:
            raise ProviderUnreachable from lost
        except service.SandboxRefusal as refusal:
            raise ProviderRefused(str(refusal)) from refusal
        return Opened(
            provider_reference=reference,
            redirect_url=f"{self._public_url}/sandbox/pay/{reference}",
        )

    def look_up(self, request: PaymentRequest) -> PaymentFacts | None:
        """Return how the payment stands; None when the sandbox never heard of it."""
        try:
            return _payment_facts(service.find_payment(MERCHANT, request.attempt_id))
        except service.SandboxTimeout as lost:
            raise ProviderUnreachable from lost

    def close(self, request: PaymentRequest) -> PaymentFacts | None:
        """Close the payment unless it is decided; return how it stands afterwards."""
        try:
            return _payment_facts(service.close_payment(MERCHANT, request.attempt_id))
        except service.SandboxTimeout as lost:
            raise ProviderUnreachable from lost

    def refund(self, request: RefundRequest) -> RefundFacts:
        """Give money back, or return the refund already made under this id."""
        try:
            made = service.refund_payment(
                merchant=MERCHANT,
                merchant_reference=request.attempt_id,
                refund_id=request.refund_id,
                amount=request.amount,
                currency=request.currency,
                round_=request.round,
            )
        except service.SandboxTimeout as lost:
            raise ProviderUnreachable from lost
        except service.SandboxRefusal as refusal:
            raise ProviderRefused(str(refusal)) from refusal
        standing = RefundStanding(made.standing)
        return RefundFacts(
            refund_id=request.refund_id,
            provider_reference=made.reference,
            standing=standing,
            amount=request.amount,
            currency=request.currency,
            occurred_at=made.at,
            failure=_failure(standing),
        )

    def list_movements(self, since: datetime, until: datetime) -> Iterator[Movement]:
        """Read every movement of our money in [since, until)."""
        try:
            yield from movements.list_movements(MERCHANT, since, until)
        except DBAPIError as error:
            raise ProviderUnreachable from error

    def read_event(self, raw: bytes, headers: Mapping[str, str]) -> Event:
        """Check a notice's signature over its raw bytes, its age and merchant; translate it."""
        check_signature(self._secret, raw, headers.get(SIGNATURE_HEADER, ""))
        try:
            body = orjson.loads(raw)
            merchant = body["merchant"]
            event = Event(event_id=_text(body["id"]), kind=_text(body["kind"]), facts=_facts(body))
        except (orjson.JSONDecodeError, KeyError, TypeError, ValueError) as error:
            raise EventRefused("the notice cannot be read") from error
        if merchant != MERCHANT:
            raise EventRefused("the notice is for another merchant")
        return event


def _facts(body: dict[str, Any]) -> PaymentFacts | RefundFacts:
    data = body["data"]
    if str(body["kind"]).startswith("refund."):
        standing = RefundStanding(data["standing"])
        return RefundFacts(
            refund_id=UUID(data["merchant_reference"]),
            provider_reference=_text(data["reference"]),
            standing=standing,
            amount=_amount(data["amount"]),
            currency=_text(data["currency"]),
            occurred_at=_moment(data["occurred_at"]),
            failure=_failure(standing),
        )
    return PaymentFacts(
        attempt_id=UUID(data["merchant_reference"]),
        provider_reference=_text(data["reference"]),
        standing=PaymentStanding(data["standing"]),
        amount=_amount(data["amount"]),
        currency=_text(data["currency"]),
        occurred_at=_moment(data["occurred_at"]),
    )


def _failure(standing: RefundStanding) -> str | None:
    return "declined" if standing is RefundStanding.FAILED else None


def _text(value: object) -> str:
    if not isinstance(value, str) or not value or len(value) > 200:
        raise ValueError("not a text")
    return value


def _amount(value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not 0 < value < 2**53:
        raise ValueError("not an amount")
    return value


def _moment(value: str) -> datetime:
    moment = datetime.fromisoformat(value)
    if moment.tzinfo is None:
        raise ValueError("a moment without a zone")
    return moment


def _payment_facts(payment: Row[Any] | None) -> PaymentFacts | None:
    if payment is None:
        return None
    return PaymentFacts(
        attempt_id=payment.merchant_reference,
        provider_reference=payment.reference,
        standing=PaymentStanding(service.STANDING[payment.state]),
        amount=payment.charged or payment.amount,
        currency=payment.charged_currency,
        occurred_at=payment.decided_at or payment.created_at,
    )
