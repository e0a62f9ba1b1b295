"""Which payment providers this installation offers, made once per application from its settings."""

from flask import current_app

from config.settings import Settings
from orders.payments.provider import Provider
from orders.payments.sandbox.adapter import SandboxProvider
from orders.payments.stripe.adapter import StripeProvider

EXTENSION = "payment_providers"


def _providers() -> dict[str, Provider]:
    offered: dict[str, Provider] | None = current_app.extensions.get(EXTENSION)
    if offered is None:
        offered = _make(current_app.config["SETTINGS"])
        current_app.extensions[EXTENSION] = offered
    return offered


def _make(settings: Settings) -> dict[str, Provider]:
    offered: dict[str, Provider] = {}
    if settings.sandbox_payments:
        sandbox = SandboxProvider(settings.sandbox_webhook_secret, settings.public_url)
        offered[sandbox.name] = sandbox
    if settings.stripe_secret_key:
        stripe = StripeProvider(
            settings.stripe_secret_key,
            settings.stripe_webhook_secret,
            api_base=settings.stripe_api_base,
            methods=settings.stripe_methods,
        )
        offered[stripe.name] = stripe
    return offered


def find_provider(name: str) -> Provider | None:
    """Return the provider of that name, if it is on offer."""
    return _providers().get(name)


def get_provider(name: str) -> Provider:
    """Return a provider that an attempt was started with; raises LookupError if it is gone."""
    found = find_provider(name)
    if found is None:
        raise LookupError(f"payment provider {name} is no longer configured")
    return found


def list_providers() -> list[str]:
    """Return the names on offer, the default one first."""
    return list(_providers())


def list_choices() -> list[str]:
    """Return what a shopper may choose from: a provider, or one of its means after a colon."""
    return [
        f"{name}:{method}" if method else name
        for name, provider in _providers().items()
        for method in provider.methods
    ]
