"""What people are told about a payment: the truth at every moment, in one place."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from marketplace.identity.actor import Actor
from marketplace.language import Text
from orders.payments import queries
from orders.payments.models import (
    OPEN_STATES,
    PaymentAttempt,
    PaymentOutcome,
    PaymentState,
    Refund,
)
from orders.payments.provider import CARD
from orders.payments.returning import Returned, list_returned

_STATES: dict[PaymentState, Text] = {
    PaymentState.CREATED: Text(
        "正在连接支付渠道，请稍候", "Reaching the payment provider; please wait a moment"
    ),
    PaymentState.PENDING: Text(
        "等待付款；如果您刚刚付过，结果正在确认，请不要重复付款",
        "Waiting for payment; if you have just paid, it is being confirmed: please do not pay again",
    ),
    PaymentState.FAILED: Text(
        "付款没有成功，未扣款，可以重新付款", "The payment failed; nothing was charged, try again"
    ),
    PaymentState.CLOSED: Text(
        "这次付款已关闭，未扣款", "This payment was closed; nothing was charged"
    ),
}

_KEPT = {
    PaymentOutcome.ACCEPTED: Text("付款成功", "Paid"),
    PaymentOutcome.REPAID: Text("已归还应付款", "What was owed is repaid"),
}


def describe_payment(attempt: PaymentAttempt, returned: Sequence[Returned]) -> Text:
    """Say how a payment stands, and where money that could not be kept is now."""
    if attempt.state is not PaymentState.SUCCEEDED or attempt.outcome is None:
        return _STATES[attempt.state]
    if attempt.outcome in _KEPT:
        return _KEPT[attempt.outcome]
    # What cannot be kept is refunded in the transaction that took it in.
    return returned[0].message


@dataclass(frozen=True, slots=True)
class PaymentOverview:
    """A payment with its refunds, what of them happened by itself, and the sentence about it."""

    attempt: PaymentAttempt
    refunds: Sequence[Refund]
    returned: Sequence[Returned]
    message: Text

    @property
    def continue_url(self) -> str | None:
        """Where the payer goes on in a browser: the provider's page, or the card form in ours."""
        if is_card_form(self.attempt) and self.attempt.state in OPEN_STATES:
            return f"/payments/{self.attempt.id}/card"
        return self.redirect_url

    @property
    def redirect_url(self) -> str | None:
        """Where it can be paid, while it can be."""
        return self.attempt.redirect_url if self.attempt.state in OPEN_STATES else None

    @property
    def qr_code(self) -> str | None:
        """What a wallet scans to pay, while it can be paid."""
        return self.attempt.qr_code if self.attempt.state in OPEN_STATES else None

    @property
    def is_decided(self) -> bool:
        """Whether a page may stop asking."""
        return self.attempt.state not in OPEN_STATES


def is_card_form(attempt: PaymentAttempt) -> bool:
    """Tell whether a payment waits for a card that is filled in on our page."""
    return attempt.method == CARD and attempt.payment_method is None


def get_overview(actor: Actor, attempt_id: uuid.UUID) -> PaymentOverview:
    """Return a payment that the actor may read, as it stands; raises PaymentNotFound."""
    return overview_of(queries.get_payment(actor, attempt_id))


def overview_of(attempt: PaymentAttempt) -> PaymentOverview:
    """Return an attempt with its refunds and the sentence about it."""
    # Where nothing came in, nothing can go back.
    refunds = queries.list_refunds(attempt) if attempt.captured else []
    returned = list_returned(attempt, refunds)
    return PaymentOverview(attempt, refunds, returned, describe_payment(attempt, returned))
