"""Bank transfer as a payment provider: the shop keeps it itself, the bank is met in files."""

import uuid
from collections.abc import Mapping

from marketplace import clock
from marketplace.database import transaction
from marketplace.identity.actor import Actor
from orders.payments.bank_transfer import service
from orders.payments.bank_transfer.queries import PROVIDER
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


class BankTransfer:
    """Transfers to the platform's account (对公转账)."""

    name = PROVIDER
    methods: tuple[str, ...] = ("",)

    def is_offered(self, trade: Trade) -> bool:
        """Tell whether a trade may be paid by it."""
        return service.is_offered(trade)

    def start(self, actor: Actor, trade_id: uuid.UUID) -> uuid.UUID:
        """Announce a transfer and return its attempt."""
        with transaction():
            return service.start_transfer(actor, trade_id).id

    def open_payment(self, request: PaymentRequest) -> Opened:
        """Refuse: a transfer is open as soon as it is announced."""
        raise ProviderRefused("a transfer is announced by its buyer")

    def look_up(self, request: PaymentRequest) -> PaymentFacts | None:
        """Know no more than the attempt says: officers settle it in the transaction of their word."""
        return None

    def close(self, request: PaymentRequest) -> PaymentFacts | None:
        """Wait no longer; what came in part goes back. Nothing is left to be settled afterwards.

        Raises ProviderUnreachable while a receipt for the trade is being identified.
        """
        with transaction():
            service.close_transfer(request.attempt_id)
        return None

    def refund(self, request: RefundRequest) -> RefundFacts:
        """Take a refund into the list for the bank, where it stays until the bank has paid it."""
        return RefundFacts(
            refund_id=request.refund_id,
            provider_reference=f"{PROVIDER}/{request.refund_id}",
            standing=RefundStanding.PENDING,
            amount=request.amount,
            currency=request.currency,
            occurred_at=clock.now(),
        )

    def read_event(self, raw: bytes, headers: Mapping[str, str]) -> Event:
        """Refuse: a bank sends no notices."""
        raise EventRefused("bank transfers send no notices")
