"""The API of recounts: one person proposes, everyone who may sees the differences, another approves."""

from typing import Any
from uuid import UUID

from marketplace.cursors import Page, paginate
from marketplace.database import transaction
from marketplace.http import ApiBlueprint, ListQuerySchema, idempotent, requires
from marketplace.identity.actor import current_actor
from marketplace.permissions import Permission
from partners.recounts import queries, service
from partners.recounts.models import Recount
from partners.recounts.queries import Difference
from partners.recounts.schemas import (
    DifferencePageSchema,
    ProposeRecountSchema,
    RecountPageSchema,
    RecountSchema,
)

blp = ApiBlueprint(
    "recounts", __name__, url_prefix="/api/v1/recounts", description="重新计算 Recounts"
)


@blp.route("", methods=["GET"])
@requires(Permission.RULE_READ)
@blp.arguments(ListQuerySchema, location="query")
@blp.response(200, RecountPageSchema)
def list_recounts(query: dict[str, Any]) -> Page[Recount]:
    """List the recounts, the newest first."""
    return paginate(queries.select_recounts(), queries.LIST_ORDER, query["limit"], query["after"])


@blp.route("", methods=["POST"])
@requires(Permission.RULE_WRITE)
@idempotent
@blp.arguments(ProposeRecountSchema)
@blp.response(201, RecountSchema)
def propose_recount(command: dict[str, Any]) -> Recount:
    """Propose to judge the sales of some days again under one scheme."""
    with transaction():
        return service.propose_recount(current_actor(), **command)


@blp.route("/<uuid:recount_id>", methods=["GET"])
@requires(Permission.RULE_READ)
@blp.response(200, RecountSchema)
def get_recount(recount_id: UUID) -> Recount:
    """Show a recount and where it stands."""
    return queries.get_recount(recount_id)


@blp.route("/<uuid:recount_id>/differences", methods=["GET"])
@requires(Permission.RULE_WRITE)
@blp.arguments(ListQuerySchema, location="query")
@blp.response(200, DifferencePageSchema)
def list_recount_differences(query: dict[str, Any], recount_id: UUID) -> Page[Difference]:
    """List the sales that would count otherwise; pages go by sales, so some hold none."""
    recount = queries.get_recount(recount_id)
    return queries.list_differences(recount, limit=query["limit"], after=query["after"])


@blp.route("/<uuid:recount_id>/approve", methods=["POST"])
@requires(Permission.RULE_WRITE)
@blp.response(200, RecountSchema)
def approve_recount(recount_id: UUID) -> Recount:
    """Approve another person's recount; it is posted in the background, today."""
    with transaction():
        return service.approve_recount(current_actor(), recount_id)


@blp.route("/<uuid:recount_id>/withdraw", methods=["POST"])
@requires(Permission.RULE_WRITE)
@blp.response(200, RecountSchema)
def withdraw_recount(recount_id: UUID) -> Recount:
    """Withdraw a recount that nobody has approved."""
    with transaction():
        return service.withdraw_recount(current_actor(), recount_id)
