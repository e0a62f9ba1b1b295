"""Which payment providers this installation offers, made once per application from its settings."""

from typing import TypeGuard

from flask import current_app

from config.settings import Settings
from orders.payments.bank_transfer.adapter import BankTransfer
from orders.payments.pay_later.adapter import PayLater
from orders.payments.provider import CARD, HasCardForm, Provider, is_own
from orders.payments.sandbox.adapter import SandboxProvider
from orders.payments.stripe.adapter import StripeProvider
from orders.trades.models import Trade

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
            publishable_key=settings.stripe_publishable_key,
            script_url=settings.stripe_script_url,
        )
        offered[stripe.name] = stripe
    pay_later = PayLater()
    offered[pay_later.name] = pay_later
    if settings.bank_account_no:
        bank_transfer = BankTransfer()
        offered[bank_transfer.name] = bank_transfer
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


def has_card_form(provider: object) -> TypeGuard[HasCardForm]:
    """Tell whether a card may be filled in on a page of ours."""
    return isinstance(provider, HasCardForm) and provider.has_card_form


def list_providers() -> list[str]:
    """Return the names on offer, the default one first."""
    return list(_providers())


def list_online_choices() -> list[str]:
    """Return the means that somebody outside takes, for debts as for trades."""
    return [
        f"{name}:{method}" if method else name
        for name, provider in _providers().items()
        if not is_own(provider)
        for method in provider.methods
        if method != CARD or has_card_form(provider)
    ]


def list_choices(trade: Trade) -> list[str]:
    """Return what may be chosen for a trade: a provider, or one of its means after a colon."""
    return [
        f"{name}:{method}" if method else name
        for name, provider in _providers().items()
        if not is_own(provider) or provider.is_offered(trade)
        for method in provider.methods
        if method != CARD or has_card_form(provider)
    ]
