"""The API of requisitions."""

import uuid
from typing import Any

from marketplace.cursors import Page, paginate
from marketplace.database import transaction
from marketplace.http import ApiBlueprint, check_if_match, etag_of, idempotent, requires
from marketplace.identity.actor import current_actor
from marketplace.permissions import Permission
from orders.addresses.choosing import fill_in_address
from orders.checkout.quoting import Quote
from orders.checkout.schemas import QuoteSchema
from orders.checkout.service import Recipient
from orders.checkout.views import read_request
from orders.pickups.choosing import fill_in_pickup
from orders.requisitions import queries, service
from orders.requisitions.models import Requisition
from orders.requisitions.schemas import (
    RefuseRequisitionSchema,
    RequisitionPageSchema,
    RequisitionQuerySchema,
    RequisitionSchema,
    ResubmitRequisitionSchema,
    ShownRequisitionSchema,
    SubmitRequisitionSchema,
)
from orders.requisitions.showing import ShownRequisition, show

blp = ApiBlueprint(
    "requisitions", __name__, url_prefix="/api/v1/requisitions", description="采购申请 Requisitions"
)


@blp.route("", methods=["GET"])
@requires(Permission.REQUISITION_READ)
@blp.arguments(RequisitionQuerySchema, location="query")
@blp.response(200, RequisitionPageSchema)
def list_requisitions(query: dict[str, Any]) -> Page[Requisition]:
    """List the caller's requisitions, those waiting for the caller, or all of the caller's units."""
    actor, state = current_actor(), query["state"]
    if query["show"] == "waiting":
        statement = queries.select_waiting_for(actor)
    else:
        is_mine = query["show"] == "mine"
        allowed = queries.requested_by(actor) if is_mine else queries.visible_to(actor)
        statement = queries.select_requisitions(allowed, state)
    return paginate(statement, [(Requisition.id, "desc")], query["limit"], query["after"])


@blp.route("", methods=["POST"])
@requires(Permission.TRADE_PLACE)
@idempotent
@blp.arguments(SubmitRequisitionSchema)
@blp.response(201, RequisitionSchema)
def submit_requisition(command: dict[str, Any]) -> Requisition:
    """Ask a second person of the unit to approve what was quoted; nothing is reserved yet."""
    actor = current_actor()
    with transaction():
        fill_in_address(actor, command)
        fill_in_pickup(command)
        return service.submit_requisition(
            actor,
            read_request(command),
            recipient=Recipient(**command["ship_to"]),
            quote_digest=command["quote_digest"],
            quote_token=command["quote_token"],
            purpose=command["purpose"],
        )


@blp.route("/<uuid:requisition_id>", methods=["GET"])
@requires(Permission.REQUISITION_READ)
@blp.response(200, ShownRequisitionSchema)
def get_requisition(requisition_id: uuid.UUID) -> tuple[ShownRequisition, int, dict[str, str]]:
    """Show a requisition and what the caller may do about it."""
    actor = current_actor()
    row = queries.get_requisition(actor, requisition_id)
    return show(actor, row), 200, {"ETag": etag_of(row.version)}


@blp.route("/<uuid:requisition_id>/approve", methods=["POST"])
@requires(Permission.REQUISITION_DECIDE)
@blp.response(200, RequisitionSchema)
def approve_requisition(requisition_id: uuid.UUID) -> Requisition:
    """Place the purchase as shown; if it changed meanwhile it comes back ``returned``. If-Match as read."""
    actor = current_actor()
    with transaction():
        requisition = service.lock_to_decide(actor, requisition_id)
        check_if_match(requisition.version)
        return service.approve_requisition(actor, requisition)


@blp.route("/<uuid:requisition_id>/refuse", methods=["POST"])
@requires(Permission.REQUISITION_DECIDE)
@blp.arguments(RefuseRequisitionSchema)
@blp.response(200, RequisitionSchema)
def refuse_requisition(command: dict[str, str], requisition_id: uuid.UUID) -> Requisition:
    """Refuse the purchase, with a reason."""
    actor = current_actor()
    with transaction():
        requisition = service.lock_to_decide(actor, requisition_id)
        return service.refuse_requisition(actor, requisition, **command)


@blp.route("/<uuid:requisition_id>/withdraw", methods=["POST"])
@requires(Permission.TRADE_PLACE)
@blp.response(200, RequisitionSchema)
def withdraw_requisition(requisition_id: uuid.UUID) -> Requisition:
    """Take back what nobody has decided yet."""
    actor = current_actor()
    with transaction():
        requisition = service.lock_requested(actor, requisition_id)
        return service.withdraw_requisition(actor, requisition)


@blp.route("/<uuid:requisition_id>/quote", methods=["GET"])
@requires(Permission.TRADE_PLACE)
@blp.response(200, QuoteSchema)
def quote_requisition(requisition_id: uuid.UUID) -> Quote:
    """Price one's own requisition as of now; its digest is what ``resubmit`` repeats."""
    actor = current_actor()
    return service.quote_now(actor, queries.get_own_requisition(actor, requisition_id))


@blp.route("/<uuid:requisition_id>/resubmit", methods=["POST"])
@requires(Permission.TRADE_PLACE)
@blp.arguments(ResubmitRequisitionSchema)
@blp.response(200, RequisitionSchema)
def resubmit_requisition(command: dict[str, str], requisition_id: uuid.UUID) -> Requisition:
    """Ask again, at what it costs now, for what was returned."""
    actor = current_actor()
    with transaction():
        requisition = service.lock_requested(actor, requisition_id)
        return service.resubmit_requisition(actor, requisition, **command)
