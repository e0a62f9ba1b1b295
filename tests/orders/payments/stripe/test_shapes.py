"""The small Stripe speaks as the real one does, as far as Stripe's own library describes it."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from marketplace import clock
from marketplace.ids import new_id
from orders.payments.provider import Evidence, TransferRequest
from orders.payments.stripe.adapter import StripeProvider
from tests.orders.payments.stripe.conftest import provider_for
from tests.orders.payments.stripe.test_adapter import ask, back, known
from tests.stripe_server import PUBLISHABLE_KEY, SECRET_KEY, FakeStripe
from tests.stripe_shapes import find_faults, find_unknown_fields


@pytest.fixture
def busy(stripe: FakeStripe, provider: StripeProvider) -> FakeStripe:
    """A Stripe of which everything that the shop can ask was asked."""
    card = ask()
    reference = provider.open_payment(card).provider_reference
    provider.refund(back(card, reference, 100))
    for method in ("alipay", "wechat_pay"):
        wallet = ask(method)
        opened = provider.open_payment(wallet)
        provider.look_up(known(wallet, opened.provider_reference))
    provider.close(wallet)
    provider.open_payment(ask(payment_method="pm_card_threeDSecure2Required"))
    form = provider_for(stripe.url, SECRET_KEY, PUBLISHABLE_KEY)
    form.open_card_form(ask(payment_method=None))
    dispute = stripe.disputes.raise_one(stripe.intents[reference], amount=500)
    evidence = Evidence(
        explanation="已签收", goods="羊肉", courier="顺丰", waybill_no="SF1",
        shipped_on="2026-11-01", paper=("evidence.pdf", "pdf", b"%PDF-1.4 %%EOF"),
    )  # fmt: skip
    provider.answer_dispute(new_id(), dispute["id"], evidence)
    stripe.disputes.decide(dispute["id"], "won")
    stripe.transfers.connected.add("acct_1")
    request = TransferRequest(
        payout_id=new_id(), number="FK-1", account="acct_1", amount_fen=300, currency="CNY",
        group="JS-1",
    )  # fmt: skip
    provider.transfer(request)
    stripe.transfers.reverse("tr_1")
    provider.transfer(request)
    stripe.finish_refund(next(iter(stripe.refunds)), "failed")
    list(provider.list_events(clock.now() - timedelta(hours=1)))
    list(provider.list_movements(clock.now() - timedelta(hours=1), clock.now()))
    return stripe


def test_objects_and_requests_are_such_as_stripe_knows(
    busy: FakeStripe, provider: StripeProvider, travel: Callable[[datetime], None]
) -> None:
    told = [*busy.events, *(event["data"]["object"] for event in busy.events)]
    kept = (
        busy.intents,
        busy.refunds,
        busy.disputes.found,
        busy.disputes.files,
        busy.transfers.made,
    )
    objects = [*told, *busy.balance.movements, *(each for where in kept for each in where.values())]
    assert {fault for each in objects for fault in find_faults(each)} == set()

    travel(datetime.now(UTC) + timedelta(hours=25))
    old = ask()
    provider.look_up(old)
    provider.refund(back(old, "pi_1", 1))
    assert len(busy.asked) > 20
    assert {fault for each in busy.asked for fault in find_unknown_fields(*each)} == set()


def test_a_wrong_shape_is_found() -> None:
    wrong = {"object": "refund", "amount": "1", "status": "done", "colour": "red", "id": None}
    assert len(list(find_faults(wrong))) >= 3
    assert list(find_unknown_fields("POST", "/v1/refunds", {"sum": "1"}))
    assert list(find_unknown_fields("POST", "/v1/plans", {}))
