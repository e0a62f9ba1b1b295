"""The API of pick-up points: for those who order to them, and for those whose places they are."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from marketplace.cursors import Page, paginate
from marketplace.database import transaction
from marketplace.http import ApiBlueprint, check_if_match, etag_of, idempotent, requires
from marketplace.identity.actor import current_actor
from marketplace.identity.models import Membership
from marketplace.permissions import Permission
from partners.pickup_points import queries, service
from partners.pickup_points.models import PickupPoint
from partners.pickup_points.schemas import (
    DescribePickupPointSchema,
    KeeperCommandSchema,
    KeeperSchema,
    PickupPointPageSchema,
    PickupPointQuerySchema,
    PickupPointSchema,
    RegisterPickupPointSchema,
)

blp = ApiBlueprint(
    "pickup_points",
    __name__,
    url_prefix="/api/v1/pickup-points",
    description="自提点 Pick-up points",
)


@blp.route("", methods=["GET"])
@requires(Permission.ACCOUNT_SELF)
@blp.arguments(PickupPointQuerySchema, location="query")
@blp.response(200, PickupPointPageSchema)
def list_pickup_points(query: dict[str, Any]) -> Page[PickupPoint]:
    """List the points that the caller may order to, keeps, or manages."""
    actor = current_actor()
    limit, after, show = query.pop("limit"), query.pop("after"), query.pop("show")
    allowed = {
        "kept": queries.kept_by(actor),
        "managed": queries.manageable_by(actor),
        "open": queries.open_to(queries.bought_for(actor)),
    }[show]
    return paginate(queries.select_points(allowed, **query), queries.LIST_ORDER, limit, after)


@blp.route("", methods=["POST"])
@requires(Permission.PICKUP_POINT_WRITE)
@idempotent
@blp.arguments(RegisterPickupPointSchema)
@blp.response(201, PickupPointSchema)
def register_pickup_point(command: dict[str, Any]) -> PickupPoint:
    """Register a place of one's unit, outlet or office."""
    with transaction():
        return service.register_point(current_actor(), **command)


@blp.route("/<uuid:pickup_point_id>", methods=["GET"])
@requires(Permission.ACCOUNT_SELF)
@blp.response(200, PickupPointSchema)
def get_pickup_point(pickup_point_id: UUID) -> tuple[PickupPoint, int, dict[str, str]]:
    """Show a point that the caller may order to, keeps or manages."""
    point = queries.get_point(pickup_point_id, queries.visible_to(current_actor()))
    return point, 200, {"ETag": etag_of(point.version)}


@blp.route("/<uuid:pickup_point_id>", methods=["PUT"])
@requires(Permission.PICKUP_POINT_WRITE)
@blp.arguments(DescribePickupPointSchema)
@blp.response(200, PickupPointSchema)
def describe_pickup_point(command: dict[str, Any], pickup_point_id: UUID) -> PickupPoint:
    """Change what is said of a point; If-Match says which version was read."""
    with transaction():
        point = queries.lock_point(current_actor(), pickup_point_id)
        check_if_match(point.version)
        return service.describe_point(current_actor(), point, **command)


@blp.route("/<uuid:pickup_point_id>/pause", methods=["POST"])
@requires(Permission.PICKUP_POINT_WRITE)
@blp.response(200, PickupPointSchema)
def pause_pickup_point(pickup_point_id: UUID) -> PickupPoint:
    """Take no new orders there; what is on its way is still kept and handed out."""
    return _set_active(pickup_point_id, is_active=False)


@blp.route("/<uuid:pickup_point_id>/resume", methods=["POST"])
@requires(Permission.PICKUP_POINT_WRITE)
@blp.response(200, PickupPointSchema)
def resume_pickup_point(pickup_point_id: UUID) -> PickupPoint:
    """Take orders there again."""
    return _set_active(pickup_point_id, is_active=True)


def _set_active(point_id: UUID, *, is_active: bool) -> PickupPoint:
    with transaction():
        point = queries.lock_point(current_actor(), point_id)
        return service.set_active(current_actor(), point, is_active=is_active)


@blp.route("/<uuid:pickup_point_id>/keepers", methods=["GET"])
@requires(Permission.PICKUP_POINT_WRITE)
@blp.response(200, KeeperSchema(many=True))
def list_keepers(pickup_point_id: UUID) -> Sequence[Membership]:
    """List who keeps the point beside those whose place it is."""
    point = queries.get_point(pickup_point_id, queries.manageable_by(current_actor()))
    return queries.list_keepers(point.id)


@blp.route("/<uuid:pickup_point_id>/keepers", methods=["POST"])
@requires(Permission.PICKUP_POINT_WRITE)
@idempotent
@blp.arguments(KeeperCommandSchema)
@blp.response(201, KeeperSchema)
def appoint_keeper(command: dict[str, Any], pickup_point_id: UUID) -> Membership:
    """Let somebody take parcels in and hand them out there."""
    with transaction():
        point = queries.lock_point(current_actor(), pickup_point_id)
        return service.appoint_keeper(current_actor(), point, **command)


@blp.route("/<uuid:pickup_point_id>/keepers/<uuid:account_id>", methods=["DELETE"])
@requires(Permission.PICKUP_POINT_WRITE)
@blp.response(204)
def dismiss_keeper(pickup_point_id: UUID, account_id: UUID) -> None:
    """End somebody's keeping of the point."""
    with transaction():
        point = queries.lock_point(current_actor(), pickup_point_id)
        service.dismiss_keeper(current_actor(), point, account_id=account_id)
