"""The API of outlets: a public list, and the few changes of those who keep them."""

from typing import Any
from uuid import UUID

from marketplace.cursors import Page, paginate
from marketplace.database import transaction
from marketplace.http import (
    ApiBlueprint,
    ListQuerySchema,
    check_if_match,
    etag_of,
    idempotent,
    requires,
)
from marketplace.identity.actor import current_actor
from marketplace.permissions import Permission
from partners.outlets import queries, service
from partners.outlets.models import Outlet
from partners.outlets.schemas import (
    CloseOutletSchema,
    DescribeOutletSchema,
    OpenOutletSchema,
    OutletPageSchema,
    OutletQuerySchema,
    OutletSchema,
)

blp = ApiBlueprint(
    "outlets", __name__, url_prefix="/api/v1/outlets", description="网点 Pavilions, counters, fairs"
)


@blp.route("", methods=["GET"])
@requires(Permission.PUBLIC)
@blp.arguments(OutletQuerySchema, location="query")
@blp.response(200, OutletPageSchema)
def list_outlets(query: dict[str, Any]) -> Page[Outlet]:
    """List outlets: open on a day, inside a region, of a kind."""
    limit, after = query.pop("limit"), query.pop("after")
    return paginate(queries.select_outlets(**query), queries.LIST_ORDER, limit, after)


@blp.route("", methods=["POST"])
@requires(Permission.OUTLET_OPEN)
@idempotent
@blp.arguments(OpenOutletSchema)
@blp.response(201, OutletSchema)
def open_outlet(command: dict[str, Any]) -> Outlet:
    """Open an outlet (platform)."""
    with transaction():
        return service.open_outlet(current_actor(), **command)


@blp.route("/mine", methods=["GET"])
@requires(Permission.ACCOUNT_SELF)
@blp.arguments(ListQuerySchema, location="query")
@blp.response(200, OutletPageSchema)
def list_my_outlets(query: dict[str, Any]) -> Page[Outlet]:
    """List the outlets that the caller operates."""
    return paginate(queries.select_mine(current_actor()), queries.LIST_ORDER, **query)


@blp.route("/<uuid:outlet_id>", methods=["GET"])
@requires(Permission.PUBLIC)
@blp.response(200, OutletSchema)
def get_outlet(outlet_id: UUID) -> tuple[Outlet, int, dict[str, str]]:
    """Show an outlet."""
    outlet = queries.get_outlet(outlet_id)
    return outlet, 200, {"ETag": etag_of(outlet.version)}


@blp.route("/<uuid:outlet_id>", methods=["PATCH"])
@requires(Permission.OUTLET_WRITE)
@blp.arguments(DescribeOutletSchema)
@blp.response(200, OutletSchema)
def describe_outlet(command: dict[str, Any], outlet_id: UUID) -> Outlet:
    """Change an outlet's name and address; If-Match says which version was read."""
    with transaction():
        outlet = queries.lock_outlet(current_actor(), outlet_id)
        check_if_match(outlet.version)
        return service.describe_outlet(current_actor(), outlet, **command)


@blp.route("/<uuid:outlet_id>/close", methods=["POST"])
@requires(Permission.OUTLET_WRITE)
@blp.arguments(CloseOutletSchema)
@blp.response(200, OutletSchema)
def close_outlet(command: dict[str, Any], outlet_id: UUID) -> Outlet:
    """Close an outlet; the day named is its last."""
    with transaction():
        outlet = queries.lock_outlet(current_actor(), outlet_id)
        return service.close_outlet(current_actor(), outlet, **command)
