"""The provider interface, kept by Stripe: the same on our loopback Stripe and on the real one."""

import dataclasses
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from marketplace import clock
from marketplace.ids import new_id
from orders.payments.provider import (
    EventRefused,
    PaymentFacts,
    PaymentRequest,
    PaymentStanding,
    ProviderRefused,
    ProviderUnreachable,
    RefundFacts,
    RefundRequest,
    RefundStanding,
)
from orders.payments.stripe.adapter import StripeProvider
from tests.orders.payments.stripe.conftest import provider_for
from tests.stripe_server import SECRET_KEY, FakeStripe, sign

TOTAL = 7000


def ask(method: str = "card", payment_method: str | None = "pm_card_visa") -> PaymentRequest:
    return PaymentRequest(
        attempt_id=new_id(),
        number="FK-1",
        amount_fen=TOTAL,
        currency="CNY",
        subject="结对集市 FK-1",
        return_url="http://localhost/payments/1",
        notify_url="http://localhost/webhooks/stripe",
        method=method,
        payment_method=payment_method if method == "card" else None,
    )


def known(request: PaymentRequest, reference: str) -> PaymentRequest:
    return dataclasses.replace(request, provider_reference=reference)


def back(request: PaymentRequest, reference: str, amount: int) -> RefundRequest:
    return RefundRequest(
        refund_id=new_id(),
        attempt_id=request.attempt_id,
        provider_reference=reference,
        amount=amount,
        currency="CNY",
    )


def standing(facts: PaymentFacts | None) -> PaymentStanding:
    assert facts is not None
    return facts.standing


class TestOpenPayment:
    def test_charges_a_card_at_once(self, any_provider: StripeProvider) -> None:
        request = ask()
        opened = any_provider.open_payment(request)
        facts = any_provider.look_up(known(request, opened.provider_reference))
        assert facts is not None
        assert (opened.redirect_url, opened.qr_code) == (None, None)
        assert (facts.attempt_id, facts.amount, facts.currency) == (
            request.attempt_id,
            TOTAL,
            "CNY",
        )
        assert facts.standing is PaymentStanding.SUCCEEDED

    def test_opens_one_payment_for_one_attempt(self, any_provider: StripeProvider) -> None:
        request = ask("alipay")
        first, second = (any_provider.open_payment(request) for _ in range(2))
        assert first.provider_reference == second.provider_reference
        assert second.redirect_url

    def test_sends_to_alipay(self, any_provider: StripeProvider) -> None:
        opened = any_provider.open_payment(ask("alipay"))
        assert (bool(opened.redirect_url), opened.qr_code) == (True, None)

    def test_shows_a_code_for_wechat(self, any_provider: StripeProvider) -> None:
        opened = any_provider.open_payment(ask("wechat_pay"))
        assert (opened.redirect_url, bool(opened.qr_code)) == (None, True)

    def test_sends_to_the_bank_that_wants_to_see_the_holder(
        self, any_provider: StripeProvider
    ) -> None:
        request = ask(payment_method="pm_card_threeDSecure2Required")
        opened = any_provider.open_payment(request)
        assert opened.redirect_url
        facts = any_provider.look_up(known(request, opened.provider_reference))
        assert standing(facts) is PaymentStanding.PENDING

    def test_says_that_a_card_was_declined(self, any_provider: StripeProvider) -> None:
        request = ask(payment_method="pm_card_chargeDeclined")
        with pytest.raises(ProviderRefused, match="card_declined"):
            any_provider.open_payment(request)
        assert standing(any_provider.look_up(request)) is PaymentStanding.FAILED

    def test_refuses_other_terms_under_one_attempt(self, any_provider: StripeProvider) -> None:
        request = ask("alipay")
        any_provider.open_payment(request)
        with pytest.raises(ProviderRefused):
            any_provider.open_payment(dataclasses.replace(request, amount_fen=TOTAL - 1))

    @pytest.mark.parametrize("deed", ["create", "confirm"])
    def test_charges_once_although_answers_are_lost(
        self, stripe: FakeStripe, provider: StripeProvider, deed: str
    ) -> None:
        request = ask()
        stripe.loses_answers = {deed}
        with pytest.raises(ProviderUnreachable):
            provider.open_payment(request)
        stripe.loses_answers.clear()
        provider.open_payment(request)
        assert standing(provider.look_up(request)) is PaymentStanding.SUCCEEDED
        told = [event["type"] for event in stripe.events]
        assert (len(stripe.intents), told) == (1, ["payment_intent.succeeded"])

    def test_knows_nothing_while_stripe_is_down(
        self, stripe: FakeStripe, provider: StripeProvider
    ) -> None:
        stripe.is_down = True
        with pytest.raises(ProviderUnreachable):
            provider.open_payment(ask())

    def test_goes_on_trying_when_its_key_is_refused(self, stripe: FakeStripe) -> None:
        with pytest.raises(ProviderUnreachable):
            provider_for(stripe.url, SECRET_KEY + "x").open_payment(ask())


class TestLookUp:
    def test_finds_no_payment_that_is_not_there(self, any_provider: StripeProvider) -> None:
        assert any_provider.look_up(known(ask(), "pi_missing")) is None

    def test_finds_a_payment_whose_key_is_forgotten(
        self, stripe: FakeStripe, provider: StripeProvider, travel: Callable[[datetime], None]
    ) -> None:
        request = ask()
        provider.open_payment(request)
        stripe.forget_keys()
        travel(clock.now() + timedelta(hours=25))
        assert standing(provider.look_up(request)) is PaymentStanding.SUCCEEDED
        assert len(stripe.intents) == 1


class TestClose:
    def test_ends_a_payment(self, any_provider: StripeProvider) -> None:
        request = ask("alipay")
        opened = any_provider.open_payment(request)
        for _ in range(2):
            facts = any_provider.close(known(request, opened.provider_reference))
            assert standing(facts) is PaymentStanding.CLOSED

    def test_tells_that_it_was_paid(self, any_provider: StripeProvider) -> None:
        request = ask()
        opened = any_provider.open_payment(request)
        facts = any_provider.close(known(request, opened.provider_reference))
        assert standing(facts) is PaymentStanding.SUCCEEDED

    def test_finds_a_charge_whose_answer_was_lost(
        self, stripe: FakeStripe, provider: StripeProvider
    ) -> None:
        request = ask()
        stripe.loses_answers = {"confirm"}
        with pytest.raises(ProviderUnreachable):
            provider.open_payment(request)
        assert standing(provider.close(request)) is PaymentStanding.SUCCEEDED

    def test_charges_nobody_for_a_payment_that_never_arrived(
        self, stripe: FakeStripe, provider: StripeProvider
    ) -> None:
        assert standing(provider.close(ask())) is PaymentStanding.CLOSED
        assert "confirm" not in stripe.calls

    def test_tells_that_it_was_paid_between_our_look_and_our_word(
        self, stripe: FakeStripe, provider: StripeProvider, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        request = ask("wechat_pay")
        reference = provider.open_payment(request).provider_reference
        cancel = stripe._cancel

        def pay_first(intent: dict[str, object]) -> dict[str, object]:
            stripe._charge(intent)
            return cancel(intent)

        monkeypatch.setattr(stripe, "_cancel", pay_first)
        facts = provider.close(known(request, reference))
        assert standing(facts) is PaymentStanding.SUCCEEDED

    def test_does_not_pretend_while_money_is_moving(
        self, stripe: FakeStripe, provider: StripeProvider
    ) -> None:
        request = ask("alipay")
        reference = provider.open_payment(request).provider_reference
        stripe.intents[reference]["status"] = "processing"
        with pytest.raises(ProviderUnreachable):
            provider.close(known(request, reference))


class TestRefund:
    def test_gives_back_once_for_one_id(self, any_provider: StripeProvider) -> None:
        request = ask()
        reference = any_provider.open_payment(request).provider_reference
        asked = back(request, reference, 5000)
        first, second = any_provider.refund(asked), any_provider.refund(asked)
        assert first.provider_reference == second.provider_reference
        assert (first.refund_id, first.amount, first.currency) == (asked.refund_id, 5000, "CNY")
        assert any_provider.refund(back(request, reference, 2000)).amount == 2000

    def test_refuses_more_than_was_paid(self, any_provider: StripeProvider) -> None:
        request = ask()
        reference = any_provider.open_payment(request).provider_reference
        any_provider.refund(back(request, reference, 5000))
        with pytest.raises(ProviderRefused):
            any_provider.refund(back(request, reference, 2001))

    def test_gives_back_once_although_the_key_is_forgotten(
        self, stripe: FakeStripe, provider: StripeProvider, travel: Callable[[datetime], None]
    ) -> None:
        request = ask()
        reference = provider.open_payment(request).provider_reference
        asked = back(request, reference, 3000)
        stripe.loses_answers = {"refund"}
        with pytest.raises(ProviderUnreachable):
            provider.refund(asked)
        stripe.loses_answers.clear()
        stripe.forget_keys()
        travel(clock.now() + timedelta(hours=25))
        assert provider.refund(asked).standing is RefundStanding.SUCCEEDED
        assert len(stripe.refunds) == 1

    def test_asks_how_it_stands_instead_of_hearing_the_first_answer_again(
        self, stripe: FakeStripe, provider: StripeProvider
    ) -> None:
        request = ask()
        reference = provider.open_payment(request).provider_reference
        stripe.refunds_stay_pending = True
        asked = back(request, reference, 3000)
        first = provider.refund(asked)
        assert first.standing is RefundStanding.PENDING
        stripe.finish_refund(first.provider_reference)
        again = dataclasses.replace(asked, refund_reference=first.provider_reference)
        assert provider.refund(again).standing is RefundStanding.SUCCEEDED


class TestReadEvent:
    @pytest.fixture
    def event(self, stripe: FakeStripe, provider: StripeProvider) -> dict[str, object]:
        provider.open_payment(ask())
        return dict(stripe.events[-1])

    def read(
        self, stripe: FakeStripe, provider: StripeProvider, event: dict[str, object]
    ) -> PaymentFacts | RefundFacts | None:
        raw, signature = stripe.notice(event)
        return provider.read_event(raw, {"Stripe-Signature": signature}).facts

    def test_translates(
        self, stripe: FakeStripe, provider: StripeProvider, event: dict[str, object]
    ) -> None:
        facts = self.read(stripe, provider, event)
        assert isinstance(facts, PaymentFacts)
        assert (facts.standing, facts.amount) == (PaymentStanding.SUCCEEDED, TOTAL)
        assert facts.occurred_at == datetime.fromtimestamp(int(str(event["created"])), UTC)

    @pytest.mark.parametrize(
        "change", [{"livemode": True}, {"account": "acct_other"}, {"data": {}}, {"id": 1}]
    )
    def test_refuses_what_is_not_for_us_or_not_whole(
        self,
        stripe: FakeStripe,
        provider: StripeProvider,
        event: dict[str, object],
        change: dict[str, object],
    ) -> None:
        with pytest.raises(EventRefused):
            self.read(stripe, provider, event | change)

    def test_notes_what_is_not_ours(
        self, stripe: FakeStripe, provider: StripeProvider, event: dict[str, object]
    ) -> None:
        stranger = {"object": stripe.intents["pi_1"] | {"metadata": {}}}
        assert self.read(stripe, provider, event | {"data": stranger}) is None
        assert self.read(stripe, provider, event | {"type": "customer.created"}) is None

    @pytest.mark.parametrize("body", [b"[]", b"\xff", b"{}", b"1"])
    def test_refuses_signed_nonsense(
        self, stripe: FakeStripe, provider: StripeProvider, body: bytes
    ) -> None:
        signature = sign(body, "whsec_only_for_tests_0123456789", stripe.now())
        with pytest.raises(EventRefused):
            provider.read_event(body, {"Stripe-Signature": signature})


def test_refuses_to_be_made_without_a_webhook_secret() -> None:
    with pytest.raises(ValueError, match="webhook secret"):
        StripeProvider(SECRET_KEY, "", api_base="http://127.0.0.1:1", methods=("alipay",))


def test_our_ids_tell_when_they_were_made() -> None:
    assert abs((new_id().int >> 80) / 1000 - clock.now().timestamp()) < 60
