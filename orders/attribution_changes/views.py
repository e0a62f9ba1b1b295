"""The API of changing an order's attribution."""

from typing import Any
from uuid import UUID

from marketplace.cursors import Page, paginate
from marketplace.database import transaction
from marketplace.http import ApiBlueprint, idempotent, requires
from marketplace.identity.actor import current_actor
from marketplace.permissions import Permission
from orders.attribution_changes import queries, service
from orders.attribution_changes.models import AttributionChange
from orders.attribution_changes.schemas import (
    ApplyForChangeSchema,
    AttributionChangePageSchema,
    AttributionChangeSchema,
    ChangeQuerySchema,
    DecideChangeSchema,
)

blp = ApiBlueprint(
    "attribution_changes",
    __name__,
    url_prefix="/api/v1",
    description="归属变更 Changing for whom an order counts",
)


@blp.route("/orders/<uuid:order_id>/attribution-changes", methods=["POST"])
@requires(Permission.TRADE_PLACE)
@idempotent
@blp.arguments(ApplyForChangeSchema)
@blp.response(201, AttributionChangeSchema)
def apply_for_attribution_change(command: dict[str, Any], order_id: UUID) -> AttributionChange:
    """Ask that a paid order count for another unit or eastern region."""
    with transaction():
        return service.apply_for_change(current_actor(), order_id, **command)


@blp.route("/orders/<uuid:order_id>/attribution-changes/withdraw", methods=["POST"])
@requires(Permission.TRADE_PLACE)
@blp.response(200, AttributionChangeSchema)
def withdraw_attribution_change(order_id: UUID) -> AttributionChange:
    """Take the open application about an order back."""
    with transaction():
        return service.withdraw_change(current_actor(), order_id)


@blp.route("/attribution-changes", methods=["GET"])
@requires(Permission.QUOTA_READ)
@blp.arguments(ChangeQuerySchema, location="query")
@blp.response(200, AttributionChangePageSchema)
def list_attribution_changes(query: dict[str, Any]) -> Page[AttributionChange]:
    """List the applications that the caller's offices decide, the newest first."""
    statement = queries.select_changes(current_actor(), state=query["state"])
    return paginate(statement, queries.ORDER, query["limit"], query["after"])


@blp.route("/attribution-changes/<uuid:change_id>/approve", methods=["POST"])
@requires(Permission.CREDIT_REVIEW)
@idempotent
@blp.arguments(DecideChangeSchema)
@blp.response(200, AttributionChangeSchema)
def approve_attribution_change(command: dict[str, Any], change_id: UUID) -> AttributionChange:
    """Let the order and its credit count for whom it was asked."""
    with transaction():
        return service.approve_change(current_actor(), change_id, **command)


@blp.route("/attribution-changes/<uuid:change_id>/refuse", methods=["POST"])
@requires(Permission.CREDIT_REVIEW)
@idempotent
@blp.arguments(DecideChangeSchema)
@blp.response(200, AttributionChangeSchema)
def refuse_attribution_change(command: dict[str, Any], change_id: UUID) -> AttributionChange:
    """Leave the order as it counts."""
    with transaction():
        return service.refuse_change(current_actor(), change_id, **command)
