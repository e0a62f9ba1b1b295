"""The API of webhook endpoints and their log."""

import uuid
from typing import Any

from marketplace.cursors import Page, paginate
from marketplace.database import transaction
from marketplace.endpoints import queries, service
from marketplace.endpoints.models import Endpoint
from marketplace.endpoints.queries import SeenDelivery
from marketplace.endpoints.schemas import (
    ChangeEndpointSchema,
    DeliveryPageSchema,
    DeliveryQuerySchema,
    DeliverySchema,
    EndpointPageSchema,
    EndpointSchema,
    EndpointWithSecretSchema,
    RegisterEndpointSchema,
    ReplayedSchema,
    ReplaySinceSchema,
)
from marketplace.http import ApiBlueprint, ListQuerySchema, idempotent, requires
from marketplace.identity.actor import current_actor
from marketplace.permissions import Permission

blp = ApiBlueprint(
    "webhook_endpoints",
    __name__,
    url_prefix="/api/v1/webhook-endpoints",
    description="事件推送 Webhooks to storefronts",
)


@blp.route("", methods=["GET"])
@requires(Permission.WEBHOOK_READ)
@blp.arguments(ListQuerySchema, location="query")
@blp.response(200, EndpointPageSchema)
def list_webhook_endpoints(query: dict[str, Any]) -> Page[Endpoint]:
    """List the caller's endpoints, the newest first."""
    allowed = queries.visible_to(current_actor())
    return paginate(queries.select_endpoints(allowed), [(Endpoint.id, "desc")], **query)


@blp.route("", methods=["POST"])
@requires(Permission.WEBHOOK_WRITE)
@blp.arguments(RegisterEndpointSchema)
@blp.response(201, EndpointWithSecretSchema)
def register_webhook_endpoint(command: dict[str, Any]) -> dict[str, Any]:
    """Register an endpoint; the answer tells its secret, which cannot be read again.

    So no idempotency key keeps that answer.
    """
    service.check_address(command["url"])
    with transaction():
        endpoint, secret = service.register_endpoint(current_actor(), **command)
        return {"endpoint": endpoint, "secret": secret}


@blp.route("/<uuid:endpoint_id>", methods=["GET"])
@requires(Permission.WEBHOOK_READ)
@blp.response(200, EndpointSchema)
def get_webhook_endpoint(endpoint_id: uuid.UUID) -> Endpoint:
    """Show an endpoint."""
    return queries.get_endpoint(endpoint_id, queries.visible_to(current_actor()))


@blp.route("/<uuid:endpoint_id>", methods=["PUT"])
@requires(Permission.WEBHOOK_WRITE)
@blp.arguments(ChangeEndpointSchema)
@blp.response(200, EndpointSchema)
def change_webhook_endpoint(command: dict[str, Any], endpoint_id: uuid.UUID) -> Endpoint:
    """Change what an endpoint is told, and where."""
    actor = current_actor()
    queries.get_endpoint(endpoint_id, queries.manageable_by(actor))
    service.check_address(command["url"])
    with transaction():
        return service.change_endpoint(actor, endpoint_id, **command)


@blp.route("/<uuid:endpoint_id>", methods=["DELETE"])
@requires(Permission.WEBHOOK_WRITE)
@blp.response(204)
def remove_webhook_endpoint(endpoint_id: uuid.UUID) -> None:
    """Give an endpoint up; what waits for it is not delivered any more."""
    with transaction():
        service.remove_endpoint(current_actor(), endpoint_id)


@blp.route("/<uuid:endpoint_id>/rotate-secret", methods=["POST"])
@requires(Permission.WEBHOOK_WRITE)
@blp.response(200, EndpointWithSecretSchema)
def rotate_webhook_secret(endpoint_id: uuid.UUID) -> dict[str, Any]:
    """Give an endpoint a new secret; the old one signs along for a day."""
    with transaction():
        endpoint, secret = service.rotate_secret(current_actor(), endpoint_id)
        return {"endpoint": endpoint, "secret": secret}


@blp.route("/<uuid:endpoint_id>/pause", methods=["POST"])
@requires(Permission.WEBHOOK_WRITE)
@blp.response(200, EndpointSchema)
def pause_webhook_endpoint(endpoint_id: uuid.UUID) -> Endpoint:
    """Deliver nothing until it is resumed."""
    with transaction():
        return service.pause_endpoint(current_actor(), endpoint_id)


@blp.route("/<uuid:endpoint_id>/resume", methods=["POST"])
@requires(Permission.WEBHOOK_WRITE)
@blp.response(200, EndpointSchema)
def resume_webhook_endpoint(endpoint_id: uuid.UUID) -> Endpoint:
    """Deliver again; what happened in between is asked for with a replay."""
    with transaction():
        return service.resume_endpoint(current_actor(), endpoint_id)


@blp.route("/<uuid:endpoint_id>/test", methods=["POST"])
@requires(Permission.WEBHOOK_WRITE)
@idempotent
@blp.response(202, DeliverySchema)
def send_webhook_test(endpoint_id: uuid.UUID) -> SeenDelivery:
    """Send a test; the log tells what came of it."""
    with transaction():
        delivery = service.send_test(current_actor(), endpoint_id)
        return queries.with_attempts([delivery])[0]


@blp.route("/<uuid:endpoint_id>/replay", methods=["POST"])
@requires(Permission.WEBHOOK_WRITE)
@idempotent
@blp.arguments(ReplaySinceSchema)
@blp.response(202, ReplayedSchema)
def replay_webhooks_since(command: dict[str, Any], endpoint_id: uuid.UUID) -> dict[str, int]:
    """Deliver again what failed since a moment, and what was missed while paused."""
    with transaction():
        replayed = service.replay_since(current_actor(), endpoint_id, **command)
        return {"replayed": replayed}


@blp.route("/<uuid:endpoint_id>/deliveries", methods=["GET"])
@requires(Permission.WEBHOOK_READ)
@blp.arguments(DeliveryQuerySchema, location="query")
@blp.response(200, DeliveryPageSchema)
def list_webhook_deliveries(query: dict[str, Any], endpoint_id: uuid.UUID) -> Page[SeenDelivery]:
    """List an endpoint's deliveries with every try, the newest first."""
    endpoint = queries.get_endpoint(endpoint_id, queries.visible_to(current_actor()))
    narrowed = {name: query.pop(name) for name in ("state", "kind")}
    page = paginate(queries.select_deliveries(endpoint, **narrowed), queries.LOG_ORDER, **query)
    return Page(queries.with_attempts(page.items), page.next)


@blp.route("/<uuid:endpoint_id>/deliveries/<uuid:delivery_id>", methods=["GET"])
@requires(Permission.WEBHOOK_READ)
@blp.response(200, DeliverySchema)
def get_webhook_delivery(endpoint_id: uuid.UUID, delivery_id: uuid.UUID) -> SeenDelivery:
    """Show a delivery."""
    endpoint = queries.get_endpoint(endpoint_id, queries.visible_to(current_actor()))
    return queries.with_attempts([queries.get_delivery(endpoint, delivery_id)])[0]


@blp.route("/<uuid:endpoint_id>/deliveries/<uuid:delivery_id>/replay", methods=["POST"])
@requires(Permission.WEBHOOK_WRITE)
@idempotent
@blp.response(202, DeliverySchema)
def replay_webhook_delivery(endpoint_id: uuid.UUID, delivery_id: uuid.UUID) -> SeenDelivery:
    """Deliver once more, whatever became of it; it has the same ``webhook-id``."""
    with transaction():
        delivery = service.replay_delivery(current_actor(), endpoint_id, delivery_id)
        return queries.with_attempts([delivery])[0]
