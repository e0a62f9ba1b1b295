"""Delivering what is due: several endpoints side by side, so that a slow one holds none up.

A worker takes deliveries with a lease, commits, calls, and writes what came back. One that dies in
between leaves its lease to run out, and they are delivered again: at least once, never not at all.
"""

import logging
import secrets
import ssl
import uuid
from collections import Counter
from collections.abc import Iterable, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from datetime import datetime, timedelta

from flask import current_app
from sqlalchemy import true

from marketplace import clock
from marketplace.database import db, transaction
from marketplace.endpoints import queries, service, signing
from marketplace.endpoints.errors import EndpointNotFound
from marketplace.endpoints.models import (
    Delivery,
    DeliveryAttempt,
    DeliveryState,
    Endpoint,
    EndpointState,
    PauseReason,
)
from marketplace.endpoints.posting import ALL_SECONDS, Outcome, post
from marketplace.endpoints.telling import tell_of_pause
from marketplace.ids import new_id
from marketplace.statements import fetch_all

log = logging.getLogger(__name__)

AT_ONCE = 16
# Of one endpoint: it must not be flooded, nor take all the places when it is slow.
AT_ONCE_EACH = 3
LEASE = timedelta(seconds=6 * ALL_SECONDS)
# How long one job goes on taking more; then another is enqueued, and a worker may stop between.
TAKES_FOR = timedelta(seconds=8)
FIRST_PAUSE = timedelta(seconds=30)
LONGEST_PAUSE = timedelta(hours=12)
FIRST_REST = timedelta(seconds=5)
LONGEST_REST = timedelta(minutes=15)
GIVEN_UP_AFTER = timedelta(days=3)
FEWEST_FAILURES = 10

_random = secrets.SystemRandom()


@dataclass(frozen=True, slots=True)
class Parcel:
    """One delivery, ready to be sent: nothing in it needs the database."""

    delivery_id: uuid.UUID
    endpoint_id: uuid.UUID
    url: str
    body: bytes
    headers: dict[str, str]


# The busiest endpoint cannot crowd out the others: each gives a few, the longest due first.
_CLAIM = """
WITH due AS (
    SELECT d.id FROM webhook_endpoints w
    CROSS JOIN LATERAL (
        SELECT id, next_try_at FROM webhook_deliveries
        WHERE endpoint_id = w.id AND state = 'waiting' AND next_try_at <= %(now)s
          AND (lease_ends_at IS NULL OR lease_ends_at <= %(now)s)
        ORDER BY next_try_at, id LIMIT %(each)s FOR UPDATE SKIP LOCKED
    ) d
    WHERE w.state = 'active' AND (w.rest_ends_at IS NULL OR w.rest_ends_at <= %(now)s)
      AND w.id <> ALL(%(busy)s)
    ORDER BY d.next_try_at, d.id LIMIT %(most)s
)
UPDATE webhook_deliveries SET lease_ends_at = %(lease_ends_at)s
FROM due WHERE webhook_deliveries.id = due.id
RETURNING webhook_deliveries.id
"""


def _claim(busy: Iterable[uuid.UUID], most: int) -> list[Parcel]:
    now = clock.now()
    values = {
        "now": now,
        "lease_ends_at": now + LEASE,
        "busy": list(busy),
        "each": min(most, AT_ONCE_EACH),
        "most": most,
    }
    with transaction():
        ids = [row.id for row in fetch_all(_CLAIM, values)]
        return _pack(queries.list_deliveries(ids)) if ids else []


def _pack(deliveries: Sequence[Delivery]) -> list[Parcel]:
    timestamp = int(clock.now().timestamp())
    parcels = []
    for seen in queries.with_attempts(deliveries):
        endpoint = db.session.get_one(Endpoint, seen.delivery.endpoint_id)
        body, message_id = seen.body.encode(), str(seen.webhook_id)
        headers = signing.headers(service.valid_secrets(endpoint), message_id, timestamp, body)
        parcels.append(Parcel(seen.id, endpoint.id, endpoint.url, body, headers))
    return parcels


def deliver_due(*, context: ssl.SSLContext | None = None) -> int:
    """Deliver what is due, and what becomes due meanwhile; return how many tries were made."""
    loopback = current_app.config["SETTINGS"].webhooks_to_loopback
    ends_at, tries = clock.now() + TAKES_FOR, 0
    calls: dict[Future[Outcome], Parcel] = {}
    with ThreadPoolExecutor(AT_ONCE, thread_name_prefix="webhook") as pool:
        while True:
            free = AT_ONCE - len(calls)
            busy = {parcel.endpoint_id for parcel in calls.values()}
            parcels = _claim(busy, free) if free and clock.now() < ends_at else []
            for parcel in parcels:
                call = pool.submit(
                    post, parcel.url, parcel.body, parcel.headers, loopback=loopback,
                    context=context,
                )  # fmt: skip
                calls[call] = parcel
            if not calls:
                break
            done, _ = wait(calls, return_when=FIRST_COMPLETED)
            for call in done:
                record(calls.pop(call), call.result())
                tries += 1
    if clock.now() >= ends_at:
        with transaction():
            service.deliver_soon()
    return tries


def record(parcel: Parcel, outcome: Outcome) -> None:
    """Write what came of a try, and when the next one is due, if any."""
    with transaction():
        try:
            endpoint = queries.lock_endpoint(parcel.endpoint_id, true())
        except EndpointNotFound:
            return
        delivery = queries.get_delivery(endpoint, parcel.delivery_id)
        db.session.refresh(delivery, with_for_update=True)
        now = clock.now()
        db.session.add(
            DeliveryAttempt(
                id=new_id(),
                endpoint_id=endpoint.id,
                delivery_id=delivery.id,
                at=now,
                duration_ms=outcome.duration_ms,
                status=outcome.status,
                failure=outcome.failure,
                answer=outcome.answer,
            )
        )
        delivery.tries += 1
        delivery.lease_ends_at = None
        if outcome.is_taken:
            _end(delivery, DeliveryState.DELIVERED, now)
            endpoint.first_failed_at = endpoint.rest_ends_at = None
            endpoint.failures = 0
        else:
            _put_off(delivery, outcome, now)
            _judge(endpoint, outcome, now)
        db.session.flush()


def _end(delivery: Delivery, state: DeliveryState, now: datetime) -> None:
    if delivery.state is DeliveryState.WAITING:
        delivery.state = state
        delivery.ended_at = now


def _put_off(delivery: Delivery, outcome: Outcome, now: datetime) -> None:
    if outcome.is_gone or now >= delivery.gives_up_at:
        _end(delivery, DeliveryState.FAILED, now)
        return
    pause = pause_after(delivery.tries)
    if outcome.retry_after_seconds is not None:
        pause = max(pause, timedelta(seconds=outcome.retry_after_seconds))
    # The last try is made when the time is over, not some pause before.
    delivery.next_try_at = min(now + pause, delivery.gives_up_at)


def pause_after(tries: int) -> timedelta:
    """Return how long to wait: anything up to a limit that doubles (full jitter).

    Without the chance, all that failed in one outage would come back at the same moment.
    """
    limit = min(FIRST_PAUSE * 2 ** min(tries, 20), LONGEST_PAUSE)
    return timedelta(seconds=_random.uniform(1, limit.total_seconds()))


def _judge(endpoint: Endpoint, outcome: Outcome, now: datetime) -> None:
    """Let an endpoint rest that does not answer, and stop one that has not for days."""
    endpoint.failures = min(endpoint.failures + 1, 1_000_000)
    endpoint.first_failed_at = endpoint.first_failed_at or now
    if endpoint.state is not EndpointState.ACTIVE:
        return
    if outcome.is_gone:
        _stop(endpoint, PauseReason.GONE)
        return
    is_given_up = now >= endpoint.first_failed_at + GIVEN_UP_AFTER
    if is_given_up and endpoint.failures >= FEWEST_FAILURES:
        _stop(endpoint, PauseReason.FAILING)
        return
    if outcome.asks_for_rest:
        limit = min(FIRST_REST * 2 ** min(endpoint.failures, 20), LONGEST_REST)
        rest = timedelta(seconds=_random.uniform(0.5, 1) * limit.total_seconds())
        if outcome.retry_after_seconds is not None:
            rest = max(rest, timedelta(seconds=outcome.retry_after_seconds))
        endpoint.rest_ends_at = now + rest


def _stop(endpoint: Endpoint, reason: PauseReason) -> None:
    service.stop(endpoint, reason)
    tell_of_pause(endpoint, reason)
    failed = Counter({"failures": endpoint.failures})
    log.warning("a webhook endpoint was paused", extra={"endpoint_id": str(endpoint.id), **failed})
