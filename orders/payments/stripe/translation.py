"""Stripe's objects put into the shop's words; whatever is not ours or not whole is said so.

Reads plain JSON, because notices arrive as that, in the API version the account is set to.
https://docs.stripe.com/api/payment_intents/object, …/refunds/object, …/events/object
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from orders.payments.provider import (
    DisputeFacts,
    DisputeMovement,
    DisputeStanding,
    Event,
    PaymentFacts,
    PaymentStanding,
    RefundFacts,
    RefundStanding,
    TransferFacts,
)

ATTEMPT = "attempt_id"
REFUND = "refund_id"
PAYOUT = "payout_id"
# Set where the payer fills the card into Stripe's form.
FORM = "card_form"
WAITS_FOR_CARD = frozenset({"requires_payment_method", "requires_confirmation", "requires_action"})

_PAYMENT_STANDINGS = {
    "requires_payment_method": PaymentStanding.PENDING,
    "requires_confirmation": PaymentStanding.PENDING,
    "requires_action": PaymentStanding.PENDING,
    "requires_capture": PaymentStanding.PENDING,
    "processing": PaymentStanding.PENDING,
    "canceled": PaymentStanding.CLOSED,
    "succeeded": PaymentStanding.SUCCEEDED,
}
_REFUND_STANDINGS = {
    "pending": RefundStanding.PENDING,
    "requires_action": RefundStanding.PENDING,
    "succeeded": RefundStanding.SUCCEEDED,
    "failed": RefundStanding.FAILED,
    "canceled": RefundStanding.FAILED,
}
_DISPUTE_STANDINGS = {
    "warning_needs_response": DisputeStanding.INQUIRY,
    "warning_under_review": DisputeStanding.INQUIRY_REVIEWED,
    "warning_closed": DisputeStanding.INQUIRY_CLOSED,
    # Stopped before it became one: no money moves.
    "prevented": DisputeStanding.INQUIRY_CLOSED,
    "needs_response": DisputeStanding.NEEDS_RESPONSE,
    "under_review": DisputeStanding.UNDER_REVIEW,
    "lost": DisputeStanding.LOST,
    # Asked once more after it was lost; what the shop has lost it has lost until then.
    "appeal_needs_response": DisputeStanding.LOST,
    "appeal_under_review": DisputeStanding.LOST,
    "won": DisputeStanding.WON,
}
# Two names for one kind of news: the older one still comes to accounts that subscribed to it.
EVENT_KINDS = (
    "payment_intent.succeeded",
    "payment_intent.payment_failed",
    "payment_intent.canceled",
    "payment_intent.processing",
    "refund.created",
    "refund.updated",
    "refund.failed",
    "charge.refund.updated",
    "charge.dispute.created",
    "charge.dispute.updated",
    "charge.dispute.funds_withdrawn",
    "charge.dispute.funds_reinstated",
    "charge.dispute.closed",
    "transfer.reversed",
)


def payment_facts(intent: Mapping[str, Any], occurred_at: int | None = None) -> PaymentFacts | None:
    """Say how a payment stands; None if it is not one that this shop asked for.

    Raises ValueError, KeyError or TypeError when it is not whole.
    """
    attempt_id = _ours(intent, ATTEMPT)
    if attempt_id is None:
        return None
    standing = _PAYMENT_STANDINGS[intent["status"]]
    # A payment that was tried and needs another means will not go on, unless in a form, where the
    # payer may try another card.
    has_form = FORM in (intent.get("metadata") or {})
    is_refused = intent["status"] == "requires_payment_method" and intent.get("last_payment_error")
    if is_refused and not has_form:
        standing = PaymentStanding.FAILED
    has_come = standing is PaymentStanding.SUCCEEDED
    charge = intent.get("latest_charge")
    charged_at = charge.get("created") if isinstance(charge, Mapping) else None
    return PaymentFacts(
        attempt_id=attempt_id,
        provider_reference=text(intent["id"]),
        standing=standing,
        amount=_amount(intent["amount_received" if has_come else "amount"]),
        currency=text(intent["currency"]).upper(),
        occurred_at=_moment(occurred_at or charged_at or intent["created"]),
    )


def refund_facts(refund: Mapping[str, Any], occurred_at: int | None = None) -> RefundFacts | None:
    """Say how a refund stands; None if this shop did not ask for it."""
    refund_id = _ours(refund, REFUND)
    if refund_id is None:
        return None
    return RefundFacts(
        refund_id=refund_id,
        provider_reference=text(refund["id"]),
        standing=_REFUND_STANDINGS[refund["status"]],
        amount=_amount(refund["amount"]),
        currency=text(refund["currency"]).upper(),
        occurred_at=_moment(occurred_at or refund["created"]),
        failure=refund.get("failure_reason"),
    )


def dispute_facts(
    dispute: Mapping[str, Any], occurred_at: int | None = None
) -> DisputeFacts | None:
    """Say how a dispute stands; None if it is not about one of our kind of payments."""
    payment = dispute.get("payment_intent")
    if payment is None:
        return None
    details = dispute["evidence_details"]
    due = details.get("due_by")
    return DisputeFacts(
        provider_reference=text(dispute["id"]),
        payment_reference=text(payment["id"] if isinstance(payment, Mapping) else payment),
        standing=_DISPUTE_STANDINGS[dispute["status"]],
        reason=text(dispute["reason"]),
        amount=_amount(dispute["amount"]),
        currency=text(dispute["currency"]).upper(),
        due_at=None if due is None else _moment(due),
        is_answered=details["submission_count"] > 0,
        movements=tuple(
            DisputeMovement(
                reference=text(moved["id"]),
                amount=int(moved["amount"]),
                fee=int(moved["fee"]),
                currency=text(moved["currency"]).upper(),
                occurred_at=_moment(moved["created"]),
            )
            for moved in dispute["balance_transactions"]
        ),
        opened_at=_moment(dispute["created"]),
        occurred_at=_moment(occurred_at or dispute["created"]),
    )


def transfer_facts(
    transfer: Mapping[str, Any], occurred_at: int | None = None
) -> TransferFacts | None:
    """Say how a transfer stands; None if this shop did not ask for it.

    Reversed in part it still stands: what is missing shows in reconciliation, for a person.
    """
    payout_id = _ours(transfer, PAYOUT)
    if payout_id is None:
        return None
    return TransferFacts(
        payout_id=payout_id,
        provider_reference=text(transfer["id"]),
        amount=_amount(transfer["amount"]),
        currency=text(transfer["currency"]).upper(),
        account=_account(transfer["destination"]),
        is_reversed=transfer["reversed"] is True,
        occurred_at=_moment(occurred_at or transfer["created"]),
    )


def read_event(event: Mapping[str, Any]) -> Event:
    """Translate an event of ours; of other kinds, or about others' payments, only that it came."""
    kind, at = text(event["type"]), event["created"]
    subject: Mapping[str, Any] = event["data"]["object"]
    facts: PaymentFacts | RefundFacts | DisputeFacts | TransferFacts | None = None
    if kind not in EVENT_KINDS:
        pass
    elif kind.startswith("payment_intent."):
        facts = payment_facts(subject, at)
    elif kind.startswith("charge.dispute."):
        facts = dispute_facts(subject, at)
    elif kind.startswith("transfer."):
        facts = transfer_facts(subject, at)
    else:
        facts = refund_facts(subject, at)
    return Event(event_id=text(event["id"]), kind=kind, facts=facts)


def next_step(intent: Mapping[str, Any]) -> tuple[str | None, str | None]:
    """Return the address to go to and the code to scan; neither when nothing is left to do."""
    action = intent.get("next_action") or {}
    scan = action.get("wechat_pay_display_qr_code")
    if scan:
        return None, text(scan["data"], 4000)
    go = action.get("redirect_to_url") or action.get("alipay_handle_redirect")
    return (_address(go["url"]), None) if go else (None, None)


def _ours(subject: Mapping[str, Any], name: str) -> UUID | None:
    value = (subject.get("metadata") or {}).get(name)
    try:
        return UUID(value) if isinstance(value, str) else None
    except ValueError:
        return None


def text(value: object, longest: int = 200) -> str:
    """Return a value that must be a text, and not a book."""
    if not isinstance(value, str) or not value or len(value) > longest:
        raise ValueError("not a text")
    return value


def _account(destination: object) -> str:
    return text(destination["id"] if isinstance(destination, Mapping) else destination)


def _address(value: object) -> str:
    address = text(value, 4000)
    # A shopper's browser is sent there.
    if not address.startswith(("https://", "http://127.0.0.1:")):
        raise ValueError("not an address to send anybody to")
    return address


def _amount(value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not 0 < value < 2**53:
        raise ValueError("not an amount")
    return value


def _moment(value: object) -> datetime:
    if not isinstance(value, int) or isinstance(value, bool) or not 0 < value < 2**33:
        raise ValueError("not a moment")
    return datetime.fromtimestamp(value, UTC)
