"""The safety net under webhooks: Stripe's own list of events, read by the clock."""

import logging
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from marketplace import clock
from marketplace.database import db, transaction
from orders.payments import service
from orders.payments.models import PaymentEvent, ProviderReading
from orders.payments.provider import Event, ProviderUnreachable
from orders.payments.providers import find_provider
from orders.payments.stripe.adapter import StripeProvider

log = logging.getLogger(__name__)

# Events may appear in the list later than the moment they carry.
OVERLAP = timedelta(hours=1)
# Stripe keeps its list for 30 days.
LONGEST_BACK = timedelta(days=29)


def read_events() -> int:
    """Take into the inbox what Stripe told and we did not hear; return how many events those were.

    Each goes the way of a notice. What was read is remembered only once all of it is settled.
    """
    provider = find_provider(StripeProvider.name)
    if not isinstance(provider, StripeProvider):
        return 0
    started = clock.now()
    missed = 0
    try:
        for event in provider.list_events(_read_from(started)):
            missed += _take(provider.name, event)
    except ProviderUnreachable:
        log.warning("provider unreachable", extra={"provider": provider.name})
        return missed
    with transaction():
        _remember(provider.name, started)
    if missed:
        log.warning("events came by no notice", extra={"missed": missed})
    return missed


def _read_from(now: datetime) -> datetime:
    with transaction():
        last = db.session.scalar(
            select(ProviderReading.read_at).where(ProviderReading.provider == StripeProvider.name)
        )
    return max((last or now) - OVERLAP, now - LONGEST_BACK)


def _take(provider: str, event: Event) -> int:
    with transaction():
        is_known = db.session.scalar(
            select(PaymentEvent.id).where(
                PaymentEvent.provider == provider, PaymentEvent.event_id == event.event_id
            )
        )
        if is_known is not None:
            return 0
        service.settle_event(provider, event)
    return 1


def _remember(provider: str, moment: datetime) -> None:
    statement = insert(ProviderReading).values(provider=provider, read_at=moment)
    db.session.connection().execute(
        statement.on_conflict_do_update(
            index_elements=["provider"], set_={"read_at": statement.excluded.read_at}
        )
    )
