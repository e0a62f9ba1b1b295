"""Endpoints registered, changed and paused; what they missed sent again."""

import uuid
from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

from flask import current_app
from sqlalchemy import ColumnElement, update

from marketplace import audit, clock, jobs, secrets
from marketplace.database import db
from marketplace.endpoints import addresses, queries, signing
from marketplace.endpoints.errors import (
    EndpointNotActive,
    EndpointNotFound,
    KindsNotOffered,
    TooManyEndpoints,
)
from marketplace.endpoints.models import (
    Delivery,
    DeliveryState,
    Endpoint,
    EndpointState,
    PauseReason,
)
from marketplace.endpoints.offers import OFFERED
from marketplace.identity.actor import Actor
from marketplace.ids import new_id
from marketplace.outbox.kinds import EventKind
from marketplace.outbox.models import Event
from marketplace.permissions import Permission, ScopeKind
from marketplace.statements import fetch_one

MOST_ENDPOINTS = 10
TRIED_FOR = timedelta(days=3)
OLD_SECRET_VALID_FOR = timedelta(hours=24)
REPLAYS_REACH = timedelta(days=30)
REPLAYED_AT_ONCE = 5000
DELIVER_JOB = "webhooks.deliver"


def check_address(url: str) -> None:
    """Refuse an address that nothing may be sent to; asks name servers, so before a transaction.

    Raises AddressRefused.
    """
    loopback = current_app.config["SETTINGS"].webhooks_to_loopback
    addresses.checked_addresses(addresses.read_target(url, loopback=loopback), loopback=loopback)


def register_endpoint(
    actor: Actor,
    *,
    scope_kind: ScopeKind,
    scope_id: uuid.UUID | None,
    label: str,
    url: str,
    kinds: Collection[EventKind],
) -> tuple[Endpoint, str]:
    """Register an endpoint whose address was checked; returns it with its secret, this once.

    Raises EndpointNotFound (not the actor's scope), KindsNotOffered, TooManyEndpoints.
    """
    _require_scope(actor, scope_kind, scope_id)
    if queries.count_endpoints(scope_kind, scope_id) >= MOST_ENDPOINTS:
        raise TooManyEndpoints
    secret = signing.new_secret()
    endpoint = Endpoint(
        id=new_id(),
        scope_kind=scope_kind,
        scope_id=scope_id,
        label=label,
        url=url,
        kinds=_chosen(scope_kind, kinds),
        state=EndpointState.ACTIVE,
        secret=secrets.seal(secret),
        created_by=actor.account_id,
        created_at=clock.now(),
        failures=0,
    )
    db.session.add(endpoint)
    db.session.flush()
    _record(actor, "registered", endpoint)
    return endpoint, secret


def _require_scope(actor: Actor, kind: ScopeKind, scope_id: uuid.UUID | None) -> None:
    if kind is ScopeKind.PLATFORM:
        is_own = scope_id is None and actor.is_platform(Permission.WEBHOOK_WRITE)
    else:
        is_own = scope_id in actor.scopes(Permission.WEBHOOK_WRITE, kind)
    if not is_own:
        raise EndpointNotFound


def _chosen(scope_kind: ScopeKind, kinds: Collection[EventKind]) -> list[str]:
    if not kinds or not set(kinds) <= set(OFFERED.get(scope_kind, ())):
        raise KindsNotOffered
    return [str(kind) for kind in EventKind if kind in kinds]


def change_endpoint(
    actor: Actor, endpoint_id: uuid.UUID, *, label: str, url: str, kinds: Collection[EventKind]
) -> Endpoint:
    """Change what an endpoint is told, and where (checked before). Raises KindsNotOffered."""
    endpoint = queries.lock_endpoint(endpoint_id, queries.manageable_by(actor))
    endpoint.label = label
    endpoint.url = url
    endpoint.kinds = _chosen(endpoint.scope_kind, kinds)
    db.session.flush()
    _record(actor, "changed", endpoint)
    return endpoint


def rotate_secret(actor: Actor, endpoint_id: uuid.UUID) -> tuple[Endpoint, str]:
    """Give an endpoint a new secret; for a day everything is signed with the old one as well."""
    endpoint = queries.lock_endpoint(endpoint_id, queries.manageable_by(actor))
    secret = signing.new_secret()
    endpoint.previous_secret = endpoint.secret
    endpoint.previous_secret_ends_at = clock.now() + OLD_SECRET_VALID_FOR
    endpoint.secret = secrets.seal(secret)
    db.session.flush()
    _record(actor, "secret_rotated", endpoint)
    return endpoint, secret


def valid_secrets(endpoint: Endpoint) -> list[str]:
    """Return the secrets that sign now, the newest first."""
    valid = [secrets.unseal(endpoint.secret)]
    until = endpoint.previous_secret_ends_at
    if endpoint.previous_secret is not None and until is not None and clock.now() < until:
        valid.append(secrets.unseal(endpoint.previous_secret))
    return valid


def pause_endpoint(actor: Actor, endpoint_id: uuid.UUID) -> Endpoint:
    """Deliver nothing for a while; what waits is kept. Repeating it changes nothing."""
    endpoint = queries.lock_endpoint(endpoint_id, queries.manageable_by(actor))
    if endpoint.state is EndpointState.ACTIVE:
        stop(endpoint, PauseReason.BY_HAND)
        _record(actor, "paused", endpoint)
    return endpoint


def stop(endpoint: Endpoint, reason: PauseReason) -> None:
    """Pause a locked endpoint."""
    endpoint.state = EndpointState.PAUSED
    endpoint.paused_at = clock.now()
    endpoint.pause_reason = reason
    db.session.flush()


def resume_endpoint(actor: Actor, endpoint_id: uuid.UUID) -> Endpoint:
    """Deliver again, what waits first; what happened meanwhile is sent by ``replay_since``."""
    endpoint = queries.lock_endpoint(endpoint_id, queries.manageable_by(actor))
    if endpoint.state is EndpointState.PAUSED:
        endpoint.state = EndpointState.ACTIVE
        endpoint.paused_at = endpoint.pause_reason = None
        endpoint.first_failed_at = endpoint.rest_ends_at = None
        endpoint.failures = 0
        db.session.flush()
        _record(actor, "resumed", endpoint)
        deliver_soon()
    return endpoint


def remove_endpoint(actor: Actor, endpoint_id: uuid.UUID) -> None:
    """Give an endpoint up for good; what waited for it is given up too."""
    endpoint = queries.lock_endpoint(endpoint_id, queries.manageable_by(actor))
    endpoint.state = EndpointState.REMOVED
    endpoint.paused_at = endpoint.pause_reason = None
    endpoint.previous_secret = endpoint.previous_secret_ends_at = None
    db.session.flush()
    db.session.execute(
        update(Delivery)
        .where(Delivery.endpoint_id == endpoint.id, Delivery.state == DeliveryState.WAITING)
        .values(state=DeliveryState.FAILED, ended_at=clock.now())
        .execution_options(synchronize_session=False)
    )
    _record(actor, "removed", endpoint)


def send_test(actor: Actor, endpoint_id: uuid.UUID) -> Delivery:
    """Send a test, tried like everything else. Raises EndpointNotActive."""
    endpoint = queries.lock_endpoint(endpoint_id, queries.manageable_by(actor))
    if endpoint.state is not EndpointState.ACTIVE:
        raise EndpointNotActive
    now = clock.now()
    # Somebody waits for it: not after a rest, and not for three days.
    endpoint.rest_ends_at = None
    delivery = Delivery(
        id=new_id(),
        endpoint_id=endpoint.id,
        state=DeliveryState.WAITING,
        created_at=now,
        tries=0,
        next_try_at=now,
        gives_up_at=now,
    )
    db.session.add(delivery)
    db.session.flush()
    deliver_soon()
    return delivery


_QUEUE = """
WITH queued AS (
    INSERT INTO webhook_deliveries (id, endpoint_id, event_id, state, created_at, tries,
                                    next_try_at, gives_up_at)
    SELECT gen_random_uuid(), w.id, e.id, 'waiting', %(now)s, 0, %(now)s, %(gives_up_at)s
    FROM events e
    JOIN webhook_endpoints w ON w.state = 'active' AND e.kind = ANY(w.kinds)
        AND (w.scope_kind = 'platform'
             OR w.scope_kind = 'cooperative' AND w.scope_id = e.cooperative_id
             OR w.scope_kind = 'buying_unit' AND w.scope_id = e.buying_unit_id)
    WHERE e.id = ANY(%(event_ids)s)
    ON CONFLICT (endpoint_id, event_id) DO NOTHING
    RETURNING id
)
SELECT count(*) AS queued FROM queued
"""


def queue(events: Sequence[Event]) -> int:
    """Write down for which endpoints events are; joins the transaction that tells of them."""
    now = clock.now()
    values = {
        "now": now,
        "gives_up_at": now + TRIED_FOR,
        "event_ids": [event.id for event in events],
    }
    queued: int = fetch_one(_QUEUE, values).queued
    if queued:
        deliver_soon()
    return queued


def deliver_soon() -> None:
    """Have a worker look for what is due, once this transaction is committed."""
    jobs.enqueue(jobs.queue.tasks[DELIVER_JOB], queueing_lock=DELIVER_JOB)


def replay_delivery(actor: Actor, endpoint_id: uuid.UUID, delivery_id: uuid.UUID) -> Delivery:
    """Send a delivery again, whatever became of it; the receiver knows it by its id.

    Raises EndpointNotActive, DeliveryNotFound.
    """
    endpoint = queries.lock_endpoint(endpoint_id, queries.manageable_by(actor))
    if endpoint.state is not EndpointState.ACTIVE:
        raise EndpointNotActive
    delivery = queries.get_delivery(endpoint, delivery_id)
    _renew(endpoint, Delivery.id == delivery.id)
    _record(actor, "delivery_replayed", endpoint)
    db.session.refresh(delivery)
    return delivery


def _renew(endpoint: Endpoint, *which: ColumnElement[bool]) -> int:
    now = clock.now()
    renewed = db.session.execute(
        update(Delivery)
        .where(Delivery.endpoint_id == endpoint.id, *which)
        .values(
            state=DeliveryState.WAITING,
            tries=0,
            next_try_at=now,
            gives_up_at=now + TRIED_FOR,
            ended_at=None,
        )
        .returning(Delivery.id)
        .execution_options(synchronize_session=False)
    ).all()
    endpoint.rest_ends_at = None
    db.session.flush()
    deliver_soon()
    return len(renewed)


# What happened while nothing was queued for it: it was paused, or chose the kind only later.
_CATCH_UP = """
WITH missed AS (
    SELECT e.id AS event_id, w.id AS endpoint_id
    FROM webhook_endpoints w
    JOIN events e ON e.at >= greatest(%(since)s, w.created_at) AND e.kind = ANY(w.kinds)
        AND (w.scope_kind = 'platform'
             OR w.scope_kind = 'cooperative' AND w.scope_id = e.cooperative_id
             OR w.scope_kind = 'buying_unit' AND w.scope_id = e.buying_unit_id)
    WHERE w.id = %(endpoint_id)s
      AND NOT EXISTS (SELECT FROM webhook_deliveries d
                      WHERE d.endpoint_id = w.id AND d.event_id = e.id)
    ORDER BY e.at, e.id LIMIT %(most)s
), queued AS (
    INSERT INTO webhook_deliveries (id, endpoint_id, event_id, state, created_at, tries,
                                    next_try_at, gives_up_at)
    SELECT gen_random_uuid(), endpoint_id, event_id, 'waiting', %(now)s, 0, %(now)s,
           %(gives_up_at)s
    FROM missed
    ON CONFLICT (endpoint_id, event_id) DO NOTHING
    RETURNING id
)
SELECT count(*) AS queued FROM queued
"""


def replay_since(actor: Actor, endpoint_id: uuid.UUID, since: datetime) -> int:
    """Send again what failed since a moment, and what was never queued; return how many.

    At most ``REPLAYED_AT_ONCE`` that were never queued are taken at a time, the oldest first.
    Raises EndpointNotActive.
    """
    endpoint = queries.lock_endpoint(endpoint_id, queries.manageable_by(actor))
    if endpoint.state is not EndpointState.ACTIVE:
        raise EndpointNotActive
    now = clock.now()
    since = max(since, now - REPLAYS_REACH)
    failed = _renew(
        endpoint,
        Delivery.state == DeliveryState.FAILED,
        Delivery.created_at >= since,
        # A test that failed told its sender so; nobody has missed it.
        Delivery.event_id.is_not(None),
    )
    values = {
        "endpoint_id": endpoint.id,
        "since": since,
        "now": now,
        "gives_up_at": now + TRIED_FOR,
        "most": REPLAYED_AT_ONCE,
    }
    missed: int = fetch_one(_CATCH_UP, values).queued
    _record(actor, "replayed", endpoint)
    return failed + missed


def _record(actor: Actor, deed: str, endpoint: Endpoint) -> None:
    audit.record(
        f"webhook_endpoint.{deed}", "webhook_endpoint", endpoint.id, actor=actor,
        after={"state": endpoint.state, "scope_kind": endpoint.scope_kind,
               "scope_id": str(endpoint.scope_id), "kinds": len(endpoint.kinds)},
    )  # fmt: skip
