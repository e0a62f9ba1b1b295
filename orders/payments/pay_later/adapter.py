"""Paying later as a payment provider: the platform itself, on a unit's terms."""

import uuid
from collections.abc import Mapping

from marketplace import clock
from marketplace.database import transaction
from marketplace.identity.actor import Actor
from orders.payments.pay_later import service
from orders.payments.pay_later.service import PROVIDER
from orders.payments.provider import (
    Event,
    EventRefused,
    Opened,
    PaymentFacts,
    PaymentRequest,
    ProviderRefused,
    RefundFacts,
    RefundRequest,
    RefundStanding,
)
from orders.trades.models import Trade


class PayLater:
    """Goods first, paid later (先货后款)."""

    name = PROVIDER
    methods: tuple[str, ...] = ("",)

    def is_offered(self, trade: Trade) -> bool:
        """Tell whether a trade may be bought on its unit's terms now."""
        return service.is_offered(trade)

    def start(self, actor: Actor, trade_id: uuid.UUID) -> uuid.UUID:
        """Release a trade and return the attempt that stands for its money."""
        with transaction():
            return service.release_trade(actor, trade_id).id

    def open_payment(self, request: PaymentRequest) -> Opened:
        """Refuse: a release succeeds or fails in one transaction."""
        raise ProviderRefused("a release is made by the unit's clerk")

    def look_up(self, request: PaymentRequest) -> PaymentFacts | None:
        """Know no more than the attempt says."""
        return None

    def close(self, request: PaymentRequest) -> PaymentFacts | None:
        """Close nothing: no attempt is ever left open."""
        return None

    def refund(self, request: RefundRequest) -> RefundFacts:
        """Take the refund off the unit's debt; what was repaid already goes back as it came."""
        with transaction():
            service.reduce_debt(request.refund_id)
        return RefundFacts(
            refund_id=request.refund_id,
            provider_reference=f"{PROVIDER}/{request.refund_id}",
            standing=RefundStanding.SUCCEEDED,
            amount=request.amount,
            currency=request.currency,
            occurred_at=clock.now(),
        )

    def read_event(self, raw: bytes, headers: Mapping[str, str]) -> Event:
        """Refuse: nobody outside has anything to say."""
        raise EventRefused("paying later sends no notices")
