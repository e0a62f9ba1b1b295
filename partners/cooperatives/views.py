"""The API of cooperatives: a public list, and the steps of admission."""

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
from partners.cooperatives import queries, service
from partners.cooperatives.models import Cooperative
from partners.cooperatives.schemas import (
    ApplicationQuerySchema,
    ApplyForCooperativeSchema,
    CooperativeApplicationPageSchema,
    CooperativeApplicationSchema,
    CooperativeNoteSchema,
    CooperativePageSchema,
    CooperativeQuerySchema,
    CooperativeSchema,
    IntroduceCooperativeSchema,
)

blp = ApiBlueprint(
    "cooperatives", __name__, url_prefix="/api/v1/cooperatives", description="合作社 Sellers"
)


@blp.route("", methods=["GET"])
@requires(Permission.PUBLIC)
@blp.arguments(CooperativeQuerySchema, location="query")
@blp.response(200, CooperativePageSchema)
def list_cooperatives(query: dict[str, Any]) -> Page[Cooperative]:
    """List the admitted cooperatives."""
    limit, after = query.pop("limit"), query.pop("after")
    statement = queries.select_cooperatives(queries.is_admitted(), **query)
    return paginate(statement, queries.LIST_ORDER, limit, after)


@blp.route("", methods=["POST"])
@requires(Permission.COOPERATIVE_APPLY)
@idempotent
@blp.arguments(ApplyForCooperativeSchema)
@blp.response(201, CooperativeApplicationSchema)
def apply_for_cooperative(command: dict[str, Any]) -> Cooperative:
    """Apply for admission as a seller."""
    with transaction():
        return service.apply_for_cooperative(current_actor(), **command)


@blp.route("/mine", methods=["GET"])
@requires(Permission.ACCOUNT_SELF)
@blp.arguments(ListQuerySchema, location="query")
@blp.response(200, CooperativeApplicationPageSchema)
def list_my_cooperatives(query: dict[str, Any]) -> Page[Cooperative]:
    """List the cooperatives that the caller applied for or works in."""
    return paginate(queries.select_mine(current_actor()), queries.LIST_ORDER, **query)


@blp.route("/applications", methods=["GET"])
@requires(Permission.COOPERATIVE_READ)
@blp.arguments(ApplicationQuerySchema, location="query")
@blp.response(200, CooperativeApplicationPageSchema)
def list_cooperative_applications(query: dict[str, Any]) -> Page[Cooperative]:
    """List cooperatives with their papers: of the caller's office's region, or all for the platform."""
    limit, after = query.pop("limit"), query.pop("after")
    seen = queries.application_visible_to(current_actor())
    return paginate(queries.select_cooperatives(seen, **query), queries.LIST_ORDER, limit, after)


@blp.route("/<uuid:cooperative_id>", methods=["GET"])
@requires(Permission.PUBLIC)
@blp.response(200, CooperativeSchema)
def get_cooperative(cooperative_id: UUID) -> Cooperative:
    """Show a cooperative."""
    return queries.get_cooperative(cooperative_id, queries.visible_to(current_actor()))


@blp.route("/<uuid:cooperative_id>", methods=["PATCH"])
@requires(Permission.COOPERATIVE_WRITE)
@blp.arguments(IntroduceCooperativeSchema)
@blp.response(200, CooperativeApplicationSchema)
def introduce_cooperative(command: dict[str, Any], cooperative_id: UUID) -> Cooperative:
    """Change what the cooperative says of itself; If-Match says which version was read."""
    with transaction():
        cooperative = service.lock_managed_cooperative(current_actor(), cooperative_id)
        check_if_match(cooperative.version)
        return service.introduce_cooperative(current_actor(), cooperative, **command)


@blp.route("/<uuid:cooperative_id>/application", methods=["GET"])
@requires(Permission.COOPERATIVE_READ)
@blp.response(200, CooperativeApplicationSchema)
def get_cooperative_application(
    cooperative_id: UUID,
) -> tuple[Cooperative, int, dict[str, str]]:
    """Show a cooperative with its papers."""
    seen = queries.application_visible_to(current_actor())
    cooperative = queries.get_cooperative(cooperative_id, seen)
    return cooperative, 200, {"ETag": etag_of(cooperative.version)}


@blp.route("/<uuid:cooperative_id>/resubmit", methods=["POST"])
@requires(Permission.COOPERATIVE_APPLY)
@blp.arguments(ApplyForCooperativeSchema)
@blp.response(200, CooperativeApplicationSchema)
def resubmit_cooperative(command: dict[str, Any], cooperative_id: UUID) -> Cooperative:
    """Apply again after the application was returned."""
    with transaction():
        return service.resubmit_cooperative(current_actor(), cooperative_id, **command)


@blp.route("/<uuid:cooperative_id>/recommend", methods=["POST"])
@requires(Permission.COOPERATIVE_RECOMMEND)
@blp.arguments(CooperativeNoteSchema)
@blp.response(200, CooperativeApplicationSchema)
def recommend_cooperative(command: dict[str, Any], cooperative_id: UUID) -> Cooperative:
    """Recommend an applicant to the platform (county office)."""
    with transaction():
        return service.recommend_cooperative(current_actor(), cooperative_id, **command)


@blp.route("/<uuid:cooperative_id>/return", methods=["POST"])
@requires(Permission.COOPERATIVE_RECOMMEND)
@blp.arguments(CooperativeNoteSchema)
@blp.response(200, CooperativeApplicationSchema)
def return_cooperative(command: dict[str, Any], cooperative_id: UUID) -> Cooperative:
    """Return an application to the applicant (county office)."""
    with transaction():
        return service.return_cooperative(current_actor(), cooperative_id, **command)


@blp.route("/<uuid:cooperative_id>/return-recommendation", methods=["POST"])
@requires(Permission.COOPERATIVE_APPROVE)
@blp.arguments(CooperativeNoteSchema)
@blp.response(200, CooperativeApplicationSchema)
def return_recommendation(command: dict[str, Any], cooperative_id: UUID) -> Cooperative:
    """Return a recommended application to the applicant (platform)."""
    with transaction():
        return service.return_recommendation(current_actor(), cooperative_id, **command)


@blp.route("/<uuid:cooperative_id>/approve", methods=["POST"])
@requires(Permission.COOPERATIVE_APPROVE)
@blp.response(200, CooperativeApplicationSchema)
def approve_cooperative(cooperative_id: UUID) -> Cooperative:
    """Admit a recommended cooperative (platform)."""
    with transaction():
        return service.approve_cooperative(current_actor(), cooperative_id)


@blp.route("/<uuid:cooperative_id>/suspend", methods=["POST"])
@requires(Permission.COOPERATIVE_APPROVE)
@blp.arguments(CooperativeNoteSchema)
@blp.response(200, CooperativeApplicationSchema)
def suspend_cooperative(command: dict[str, Any], cooperative_id: UUID) -> Cooperative:
    """Take a cooperative off the market (platform)."""
    with transaction():
        return service.suspend_cooperative(current_actor(), cooperative_id, **command)


@blp.route("/<uuid:cooperative_id>/resume", methods=["POST"])
@requires(Permission.COOPERATIVE_APPROVE)
@blp.arguments(CooperativeNoteSchema)
@blp.response(200, CooperativeApplicationSchema)
def resume_cooperative(command: dict[str, Any], cooperative_id: UUID) -> Cooperative:
    """Let a suspended cooperative sell again (platform)."""
    with transaction():
        return service.resume_cooperative(current_actor(), cooperative_id, **command)


@blp.route("/<uuid:cooperative_id>/verify", methods=["POST"])
@requires(Permission.COOPERATIVE_APPROVE)
@blp.response(200, CooperativeApplicationSchema)
def verify_cooperative(cooperative_id: UUID) -> Cooperative:
    """Note that identity and licence were looked at again today (platform)."""
    with transaction():
        return service.verify_cooperative(current_actor(), cooperative_id)
