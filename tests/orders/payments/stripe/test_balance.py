"""Stripe's balance transactions, read over HTTP."""

from datetime import timedelta
from uuid import UUID

import pytest

from marketplace import clock
from marketplace.ids import new_id
from orders.payments.movements import MovementKind
from orders.payments.provider import PaymentRequest, ProviderUnreachable, RefundRequest
from orders.payments.stripe.adapter import StripeProvider
from tests.stripe_server import FakeStripe


def charge(stripe: FakeStripe, provider: StripeProvider, fen: int) -> tuple[UUID, str]:
    """Have a payment made; returns its id and Stripe's."""
    attempt_id = new_id()
    opened = provider.open_payment(
        PaymentRequest(
            attempt_id=attempt_id, number="FK1", amount_fen=fen, currency="CNY", subject="x",
            return_url="http://127.0.0.1:1/", notify_url="http://127.0.0.1:1/", method="alipay",
        )
    )  # fmt: skip
    stripe.complete(opened.provider_reference)
    return attempt_id, opened.provider_reference


class TestListMovements:
    def test_reads_every_page_with_our_ids_and_the_fees(
        self, stripe: FakeStripe, provider: StripeProvider
    ) -> None:
        stripe.balance.fee_rate_bp = 100
        attempt_id, reference = charge(stripe, provider, 10_000)
        refund_id = new_id()
        provider.refund(
            RefundRequest(
                refund_id=refund_id, attempt_id=attempt_id, provider_reference=reference,
                amount=300, currency="CNY",
            )
        )  # fmt: skip
        stripe.balance.take_fee(50)
        stripe.balance.pay_out(9_000)
        now = clock.now()

        found = list(provider.list_movements(now - timedelta(hours=1), now + timedelta(hours=1)))

        assert [(m.kind, m.amount, m.fee, m.subject_id) for m in reversed(found)] == [
            (MovementKind.PAYMENT, 10_000, 100, attempt_id),
            (MovementKind.REFUND, -300, 0, refund_id),
            (MovementKind.FEE, -50, 0, None),
            (MovementKind.PAYOUT, -9_000, 0, None),
        ]
        assert {m.currency for m in found} == {"CNY"}

    def test_keeps_to_its_bounds(self, stripe: FakeStripe, provider: StripeProvider) -> None:
        moment = clock.now().replace(microsecond=0)
        for seconds in (-1, 0, 1):
            stripe.balance.record("stripe_fee", -1, None, created=int(moment.timestamp()) + seconds)

        found = list(provider.list_movements(moment, moment + timedelta(seconds=1)))

        assert [m.occurred_at for m in found] == [moment]

    def test_says_that_stripe_is_out_of_reach(
        self, stripe: FakeStripe, provider: StripeProvider
    ) -> None:
        stripe.is_down = True
        with pytest.raises(ProviderUnreachable):
            list(provider.list_movements(clock.now() - timedelta(days=1), clock.now()))
