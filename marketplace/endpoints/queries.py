"""Every select on endpoints and their log; whose they are follows from their scope."""

import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Select, and_, false, func, or_, select, tuple_

from marketplace import cursors
from marketplace.database import db
from marketplace.endpoints.errors import DeliveryNotFound, EndpointNotFound
from marketplace.endpoints.models import (
    Delivery,
    DeliveryAttempt,
    DeliveryState,
    Endpoint,
    EndpointState,
)
from marketplace.endpoints.signing import TEST, body_of
from marketplace.identity.actor import Actor
from marketplace.outbox.kinds import EventKind
from marketplace.outbox.models import Event
from marketplace.permissions import Permission, ScopeKind
from marketplace.statements import fetch_one

LOG_ORDER: cursors.Keys = [(Delivery.created_at, "desc"), (Delivery.id, "desc")]
SCOPES = (ScopeKind.COOPERATIVE, ScopeKind.BUYING_UNIT)


@dataclass(frozen=True, slots=True)
class SeenDelivery:
    """A delivery with what is sent and every try, the latest first."""

    delivery: Delivery
    event: Event | None
    attempts: Sequence[DeliveryAttempt]

    @property
    def id(self) -> uuid.UUID:
        return self.delivery.id

    @property
    def webhook_id(self) -> uuid.UUID:
        """What the receiver knows it by, however often it comes."""
        return self.delivery.event_id or self.delivery.id

    @property
    def kind(self) -> str:
        return TEST if self.event is None else str(self.event.kind)

    @property
    def body(self) -> str:
        return body_of(self.event, self.delivery.created_at).decode()

    @property
    def next_try_at(self) -> datetime | None:
        is_due = self.delivery.state is DeliveryState.WAITING
        return self.delivery.next_try_at if is_due else None

    @property
    def latest(self) -> DeliveryAttempt | None:
        return self.attempts[0] if self.attempts else None


def _held_by(actor: Actor, permission: Permission) -> ColumnElement[bool]:
    if actor.is_platform(permission):
        return Endpoint.scope_kind == ScopeKind.PLATFORM
    own = [
        and_(Endpoint.scope_kind == kind, Endpoint.scope_id.in_(scopes))
        for kind in SCOPES
        if (scopes := actor.scopes(permission, kind))
    ]
    return or_(*own) if own else false()


def visible_to(actor: Actor) -> ColumnElement[bool]:
    """Endpoints of the actor's own scopes; the platform's people see everybody's."""
    is_kept = Endpoint.state != EndpointState.REMOVED
    if actor.is_platform(Permission.WEBHOOK_READ):
        return is_kept
    return and_(is_kept, _held_by(actor, Permission.WEBHOOK_READ))


def manageable_by(actor: Actor) -> ColumnElement[bool]:
    """Endpoints of the actor's own scopes; the platform's people change the platform's."""
    return and_(Endpoint.state != EndpointState.REMOVED, _held_by(actor, Permission.WEBHOOK_WRITE))


def get_endpoint(endpoint_id: uuid.UUID, allowed: ColumnElement[bool]) -> Endpoint:
    """Return an endpoint; raises EndpointNotFound."""
    found = db.session.scalar(select(Endpoint).where(allowed, Endpoint.id == endpoint_id))
    if found is None:
        raise EndpointNotFound
    return found


def lock_endpoint(endpoint_id: uuid.UUID, allowed: ColumnElement[bool]) -> Endpoint:
    """Return an endpoint, locked (not against deliveries being queued); raises EndpointNotFound."""
    found = db.session.scalar(
        select(Endpoint)
        .where(allowed, Endpoint.id == endpoint_id)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    )
    if found is None:
        raise EndpointNotFound
    return found


def select_endpoints(allowed: ColumnElement[bool]) -> Select[Endpoint]:
    """Return the select of endpoints, to be paged."""
    return select(Endpoint).where(allowed)


def list_endpoints(allowed: ColumnElement[bool], limit: int = 100) -> Sequence[Endpoint]:
    """Return endpoints, the newest first."""
    return db.session.scalars(
        select(Endpoint).where(allowed).order_by(Endpoint.id.desc()).limit(limit)
    ).all()


def count_endpoints(scope_kind: ScopeKind, scope_id: uuid.UUID | None) -> int:
    """Return how many endpoints a scope has."""
    scope = Endpoint.scope_id.is_(None) if scope_id is None else Endpoint.scope_id == scope_id
    counted = db.session.scalar(
        select(func.count()).where(
            Endpoint.scope_kind == scope_kind, scope, Endpoint.state != EndpointState.REMOVED
        )
    )
    return counted or 0


def count_deliveries(endpoint_ids: Collection[uuid.UUID]) -> dict[uuid.UUID, dict[str, int]]:
    """Return per endpoint how many deliveries wait or were given up."""
    if not endpoint_ids:
        return {}
    rows = db.session.execute(
        select(Delivery.endpoint_id, Delivery.state, func.count())
        .where(Delivery.endpoint_id.in_(endpoint_ids), Delivery.state != DeliveryState.DELIVERED)
        .group_by(Delivery.endpoint_id, Delivery.state)
    )
    counted: dict[uuid.UUID, dict[str, int]] = {}
    for endpoint_id, state, count in rows:
        counted.setdefault(endpoint_id, {})[state] = count
    return counted


@dataclass(frozen=True, slots=True)
class Backlog:
    """What waits to be delivered."""

    waiting: int
    oldest_seconds: float


# A figure that is asked for every few seconds must stay cheap in an outage too.
_BACKLOG = """
SELECT count(*) AS waiting, min(created_at) AS oldest FROM (
    SELECT d.created_at FROM webhook_deliveries d
    JOIN webhook_endpoints w ON w.id = d.endpoint_id AND w.state = 'active'
    WHERE d.state = 'waiting' LIMIT 100000) AS due
"""


def measure_backlog(now: datetime) -> Backlog:
    """Return how much waits for endpoints that are not paused, and for how long the oldest has."""
    found = fetch_one(_BACKLOG, {})
    age = (now - found.oldest).total_seconds() if found.oldest else 0.0
    return Backlog(found.waiting, max(age, 0.0))


def select_deliveries(
    endpoint: Endpoint, *, state: DeliveryState | None = None, kind: str | None = None
) -> Select[Delivery]:
    """Return the select of an endpoint's log, narrowed, to be paged."""
    statement = select(Delivery).where(Delivery.endpoint_id == endpoint.id)
    if state is not None:
        statement = statement.where(Delivery.state == state)
    if kind == TEST:
        statement = statement.where(Delivery.event_id.is_(None))
    elif kind is not None:
        of_kind = select(Event.id).where(
            Event.id == Delivery.event_id, Event.kind == EventKind(kind)
        )
        statement = statement.where(of_kind.exists())
    return statement


def with_attempts(deliveries: Sequence[Delivery]) -> list[SeenDelivery]:
    """Return deliveries with their events and tries; two selects for any number."""
    events = _events({one.event_id for one in deliveries if one.event_id is not None})
    tries: dict[uuid.UUID, list[DeliveryAttempt]] = {}
    keys = [(one.endpoint_id, one.id) for one in deliveries]
    if keys:
        attempts = (
            select(DeliveryAttempt)
            .where(tuple_(DeliveryAttempt.endpoint_id, DeliveryAttempt.delivery_id).in_(keys))
            .order_by(DeliveryAttempt.at.desc(), DeliveryAttempt.id.desc())
        )
        for attempt in db.session.scalars(attempts):
            tries.setdefault(attempt.delivery_id, []).append(attempt)
    return [
        SeenDelivery(one, events.get(one.event_id) if one.event_id else None, tries.get(one.id, []))
        for one in deliveries
    ]


def _events(ids: Collection[uuid.UUID]) -> dict[uuid.UUID, Event]:
    found = db.session.scalars(select(Event).where(Event.id.in_(ids))) if ids else ()
    return {event.id: event for event in found}


def list_deliveries(ids: Collection[uuid.UUID]) -> Sequence[Delivery]:
    """Return deliveries by their ids, as they stand in the database."""
    statement = (
        select(Delivery).where(Delivery.id.in_(ids)).order_by(Delivery.next_try_at, Delivery.id)
    )
    return db.session.scalars(statement.execution_options(populate_existing=True)).all()


def get_delivery(endpoint: Endpoint, delivery_id: uuid.UUID) -> Delivery:
    """Return a delivery of an endpoint; raises DeliveryNotFound."""
    found = db.session.scalar(
        select(Delivery).where(Delivery.endpoint_id == endpoint.id, Delivery.id == delivery_id)
    )
    if found is None:
        raise DeliveryNotFound
    return found
