"""A Stripe to pay with: our own on loopback, and Stripe itself where test keys are at hand."""

import os
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from flask import Flask

from config.settings import STRIPE_API_BASE, STRIPE_METHODS
from orders.payments.providers import EXTENSION
from orders.payments.sandbox.adapter import SandboxProvider
from orders.payments.stripe.adapter import StripeProvider
from tests import stripe_server
from tests.stripe_server import SECRET_KEY, WEBHOOK_SECRET, FakeStripe

# A secret key of a Stripe account in test mode, with Alipay and WeChat Pay switched on.
REAL_KEY = os.environ.get("STRIPE_TEST_SECRET_KEY", "")
SERVERS = ["loopback", "stripe"] if REAL_KEY.startswith("sk_test_") else ["loopback"]


@pytest.fixture
def stripe() -> Iterator[FakeStripe]:
    """Our own Stripe, fresh."""
    with stripe_server.serve() as fake:
        yield fake


def provider_for(url: str, key: str = SECRET_KEY, publishable_key: str = "") -> StripeProvider:
    return StripeProvider(
        key, WEBHOOK_SECRET, api_base=url, methods=STRIPE_METHODS,
        publishable_key=publishable_key, script_url=f"{url}/stripe.js",
    )  # fmt: skip


@pytest.fixture
def provider(stripe: FakeStripe) -> StripeProvider:
    return provider_for(stripe.url)


@pytest.fixture(params=SERVERS)
def any_provider(request: pytest.FixtureRequest, stripe: FakeStripe) -> StripeProvider:
    """A provider on every Stripe that can be reached."""
    if request.param == "stripe":
        return provider_for(STRIPE_API_BASE, REAL_KEY)
    return provider_for(stripe.url)


@dataclass(frozen=True, slots=True)
class Shop:
    """The shop with Stripe on offer."""

    app: Flask
    provider: StripeProvider


@pytest.fixture
def shop(app: Flask, provider: StripeProvider) -> Iterator[Shop]:
    """Offer Stripe beside the sandbox."""
    before = app.extensions.get(EXTENSION)
    sandbox = SandboxProvider("only-for-tests-webhook-secret", "http://localhost")
    app.extensions[EXTENSION] = {"sandbox": sandbox, "stripe": provider}
    yield Shop(app, provider)
    app.extensions[EXTENSION] = before
    if before is None:
        del app.extensions[EXTENSION]
