"""What is reconciled: each provider that holds our money, the bank, and the debts of units."""

from datetime import date

from sqlalchemy import func, select

from marketplace.clock import shanghai_date
from marketplace.database import db
from marketplace.language import Text
from orders.bank_entries.models import BankEntry, BankImport
from orders.payments.models import PaymentAttempt
from orders.payments.movements import HoldsMoney
from orders.payments.providers import find_provider, list_providers
from orders.receivables.models import Receivable
from orders.reconciliation import bank_day, debts_day, providers_day
from orders.reconciliation.found import Comparison, Sums, bounds
from orders.reconciliation.models import ProviderMovement

TITLES = {
    "sandbox": Text("沙盒支付", "Sandbox"),
    bank_day.CHANNEL: Text("银行账户", "Bank account"),
    debts_day.CHANNEL: Text("先货后款", "Pay later"),
}
# Names that are the same in every language.
BRANDS = {"stripe": "Stripe"}
OTHER_SIDE = {
    bank_day.CHANNEL: Text("银行流水", "Bank's entries"),
    debts_day.CHANNEL: Text("应付款记录", "Debts"),
}
PROVIDERS_SIDE = Text("渠道流水", "Provider's movements")


def title_of(channel: str) -> Text:
    """Return what people call a channel."""
    name = BRANDS.get(channel, channel)
    return TITLES.get(channel, Text(name, name))


def find_holder(channel: str) -> HoldsMoney | None:
    """Return the provider that a channel is, if it is one and is on offer."""
    provider = find_provider(channel)
    return provider if isinstance(provider, HoldsMoney) else None


def is_provider(channel: str) -> bool:
    """Tell whether a channel is a provider that holds our money, on offer or not."""
    return channel not in (bank_day.CHANNEL, debts_day.CHANNEL)


def list_channels() -> dict[str, date]:
    """Return the channels on which anything ever happened, each with its first Shanghai day."""
    found: dict[str, date] = {}
    holders = [name for name in list_providers() if find_holder(name) is not None]
    seen = db.session.scalars(select(ProviderMovement.provider).distinct()).all()
    for name in sorted({*holders, *seen}, reverse=True):
        first = _first_of(name)
        if first is not None:
            found[name] = first
    for channel, column in (
        (bank_day.CHANNEL, BankEntry.occurred_at),
        (debts_day.CHANNEL, Receivable.released_at),
    ):
        at = db.session.scalar(select(func.min(column)))
        if at is not None:
            found[channel] = shanghai_date(at)
    return found


def _first_of(provider: str) -> date | None:
    attempted = select(PaymentAttempt.created_at).where(PaymentAttempt.provider == provider)
    at = db.session.scalar(attempted.order_by(PaymentAttempt.id).limit(1))
    moved = select(func.min(ProviderMovement.moved_on)).where(ProviderMovement.provider == provider)
    days = [db.session.scalar(moved), shanghai_date(at) if at else None]
    return min((day for day in days if day is not None), default=None)


def is_statement_imported(day: date) -> bool:
    """Tell whether the bank's entries were imported since a day was over."""
    after = select(BankImport.id).where(BankImport.imported_at >= bounds(day)[1]).limit(1)
    return db.session.scalar(after) is not None


def compare(channel: str, day: date) -> Comparison:
    """Compare both sides of a channel on a day."""
    if channel == bank_day.CHANNEL:
        return bank_day.compare(day)
    if channel == debts_day.CHANNEL:
        return debts_day.compare(day)
    return providers_day.compare(channel, day)


def list_sums(channel: str, first: date, last: date) -> dict[date, Sums]:
    """Return what both sides of a channel moved on each day, as they stand now."""
    if channel == bank_day.CHANNEL:
        return bank_day.list_sums(first, last)
    if channel == debts_day.CHANNEL:
        return debts_day.list_sums(first, last)
    return providers_day.list_sums(channel, first, last)
