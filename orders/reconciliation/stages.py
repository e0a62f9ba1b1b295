"""The stages of a run around the provider: each commits by itself, none calls anybody in a transaction."""

import logging
import uuid

from marketplace.database import transaction
from orders.payments import calls, refunds, service
from orders.payments import queries as payments
from orders.payments.movements import HoldsMoney
from orders.payments.provider import ProviderRefused, ProviderUnreachable
from orders.payments.providers import get_provider
from orders.reconciliation import bank_day, booking, channels, queries, reading, running
from orders.reconciliation.models import Item, RunStage, RunState

log = logging.getLogger(__name__)

UNREACHABLE, NOT_OFFERED, NOT_IMPORTED = "unreachable", "not_offered", "not_imported"
# What one run asks its provider about once more; the next run asks about the rest.
MOST_ASKED = 200


def work(run_id: uuid.UUID) -> None:
    """Do a run from its beginning; one that is over is left as it is. Safe to kill and to repeat."""
    with transaction():
        run = queries.get_run(run_id)
        is_running, channel = run.state is RunState.RUNNING, run.channel
        is_imported = channel != bank_day.CHANNEL or channels.is_statement_imported(run.day)
    if not is_running:
        return
    if channels.is_provider(channel):
        holder = channels.find_holder(channel)
        failure = NOT_OFFERED if holder is None else _read(holder, run_id)
    else:
        failure = None if is_imported else NOT_IMPORTED
    if failure is not None:
        with transaction():
            running.fail(run_id, failure)
        return
    _book(run_id)
    _compare(run_id)


def _read(holder: HoldsMoney, run_id: uuid.UUID) -> str | None:
    """Keep what the provider says of the day; returns what went wrong."""
    with transaction():
        day = queries.get_run(run_id).day
    try:
        for batch in reading.read_batches(holder, day):
            with transaction():
                run = queries.lock_run(run_id)
                reading.keep(run, batch)
                run.read += len(batch)
    except ProviderUnreachable:
        log.warning("provider unreachable", extra={"run_id": str(run_id)})
        return UNREACHABLE
    return None


def _book(run_id: uuid.UUID) -> None:
    with transaction():
        running.move_to(run_id, RunStage.BOOKING)
        run = queries.get_run(run_id)
        is_provider = channels.is_provider(run.channel)
        after = booking.book_batch(run, None) if is_provider else None
    while after is not None:
        with transaction():
            after = booking.book_batch(queries.get_run(run_id), after)


def _compare(run_id: uuid.UUID) -> None:
    with transaction():
        running.move_to(run_id, RunStage.COMPARING)
        lost = running.compare_day(run_id, is_last=False)
        if lost:
            running.move_to(run_id, RunStage.ASKING)
        channel = queries.get_run(run_id).channel
    for item, subject_id in lost[:MOST_ASKED]:
        _ask(channel, item, subject_id)
    with transaction():
        running.compare_day(run_id, is_last=True)


def _ask(channel: str, item: str, subject_id: uuid.UUID) -> None:
    """Ask the provider how something stands of which no notice came, and settle what it says."""
    try:
        if item == Item.REFUND:
            _ask_refund(channel, subject_id)
            return
        with transaction():
            request = calls.request_of(payments.get_attempt(subject_id))
        facts = get_provider(channel).look_up(request)
    except (ProviderUnreachable, ProviderRefused):
        log.warning("provider does not say", extra={"subject_id": str(subject_id)})
        return
    if facts is not None:
        with transaction():
            service.settle_payment(channel, facts)


def _ask_refund(channel: str, refund_id: uuid.UUID) -> None:
    """Read a refund that the provider has made; one of which it has told nothing is sent as ever."""
    with transaction():
        refund = payments.lock_refund(refund_id)
        request = None
        if refund is not None and refund.provider_reference is not None:
            request = calls.refund_request_of(refund)
    if request is None:
        calls.send_refund(refund_id)
        return
    facts = get_provider(channel).refund(request)
    with transaction():
        refunds.settle_refund(channel, facts)
