"""The API of pick-up points at work: what a keeper takes in and hands out, and cooperatives' terms."""

import uuid
from typing import Any

from sqlalchemy import true

from marketplace.cursors import Page, paginate
from marketplace.database import transaction
from marketplace.http import ApiBlueprint, requires
from marketplace.identity.actor import ScopeKind, current_actor
from marketplace.permissions import Permission
from orders.pickups import queries, service
from orders.pickups.models import Pickup, PickupRule
from orders.pickups.schemas import (
    HandOutSchema,
    KeptOrderPageSchema,
    KeptOrderSchema,
    PickupQuerySchema,
    PickupTermsSchema,
)
from orders.pickups.showing import KeptOrder, show_kept
from partners.cooperatives.errors import CooperativeUnknown
from partners.pickup_points.queries import get_point, kept_by

blp = ApiBlueprint("pickups", __name__, url_prefix="/api/v1", description="自提 Collection")


@blp.route("/pickup-points/<uuid:pickup_point_id>/pickups", methods=["GET"])
@requires(Permission.PICKUP_KEEP)
@blp.arguments(PickupQuerySchema, location="query")
@blp.response(200, KeptOrderPageSchema)
def list_pickups(query: dict[str, Any], pickup_point_id: uuid.UUID) -> Page[KeptOrder]:
    """List a point's orders in a state, for its keeper; the longest there first."""
    point = get_point(pickup_point_id, kept_by(current_actor()))
    statement = queries.select_kept(point.id, query["state"])
    page = paginate(statement, [(Pickup.id, "asc")], query["limit"], query["after"])
    return Page(show_kept(page.items), page.next)


@blp.route("/pickups/<uuid:pickup_id>/arrive", methods=["POST"])
@requires(Permission.PICKUP_KEEP)
@blp.response(200, KeptOrderSchema)
def mark_pickup_arrived(pickup_id: uuid.UUID) -> KeptOrder:
    """Say that all that was sent has come; its buyer gets a code. Repeating changes nothing."""
    with transaction():
        return show_kept([service.mark_arrived(current_actor(), pickup_id)])[0]


@blp.route("/pickups/<uuid:pickup_id>/parcels/<uuid:parcel_id>/arrive", methods=["POST"])
@requires(Permission.PICKUP_KEEP)
@blp.response(200, KeptOrderSchema)
def mark_parcel_arrived(pickup_id: uuid.UUID, parcel_id: uuid.UUID) -> KeptOrder:
    """Say that one parcel has come; its buyer gets a code. Repeating changes nothing."""
    actor = current_actor()
    with transaction():
        return show_kept([service.mark_arrived(actor, pickup_id, parcel_ids={parcel_id})])[0]


@blp.route("/pickups/<uuid:pickup_id>/hand-out", methods=["POST"])
@requires(Permission.PICKUP_KEEP)
@blp.arguments(HandOutSchema)
@blp.response(200, KeptOrderSchema)
@blp.alt_response(429, description="Too many wrong codes")
def hand_out_pickup(command: dict[str, str], pickup_id: uuid.UUID) -> KeptOrder:
    """Hand out what lies there against its code; the last of it is accepted. Every try counts."""
    actor = current_actor()
    with transaction():
        service.count_try(actor, pickup_id)
    with transaction():
        return show_kept([service.hand_out(actor, pickup_id, **command)])[0]


@blp.route(
    "/cooperatives/<uuid:cooperative_id>/pickup-terms/<uuid:pickup_point_id>", methods=["PUT"]
)
@requires(Permission.ORDER_SHIP)
@blp.arguments(PickupTermsSchema)
@blp.response(200, PickupTermsSchema)
def set_pickup_terms(
    command: dict[str, PickupRule], cooperative_id: uuid.UUID, pickup_point_id: uuid.UUID
) -> dict[str, PickupRule]:
    """Say as a cooperative whether a point is served, and whether free of freight."""
    actor = current_actor()
    with transaction():
        if cooperative_id not in actor.scopes(Permission.ORDER_SHIP, ScopeKind.COOPERATIVE):
            raise CooperativeUnknown
        # Every point: a cooperative sends to units' own gates as well.
        point = get_point(pickup_point_id, true())
        return {"rule": service.set_terms(actor, cooperative_id, point.id, command["rule"])}
