"""The API of buying units: registration, canteen, yearly filing."""

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
from partners.buying_units import approval, queries, service
from partners.buying_units.models import BuyingUnit, BuyingUnitFiling
from partners.buying_units.schemas import (
    ApprovalRuleSchema,
    BuyingUnitFilingPageSchema,
    BuyingUnitFilingSchema,
    BuyingUnitNoteSchema,
    BuyingUnitPageSchema,
    BuyingUnitQuerySchema,
    BuyingUnitSchema,
    DescribeCanteenSchema,
    FilePurchasingSchema,
    RegisterBuyingUnitSchema,
)

blp = ApiBlueprint(
    "buying_units", __name__, url_prefix="/api/v1/buying-units", description="采购单位 Buying units"
)


@blp.route("", methods=["GET"])
@requires(Permission.BUYING_UNIT_READ)
@blp.arguments(BuyingUnitQuerySchema, location="query")
@blp.response(200, BuyingUnitPageSchema)
def list_buying_units(query: dict[str, Any]) -> Page[BuyingUnit]:
    """List the units that the caller may see: its own and those below, or of its office's region."""
    limit, after = query.pop("limit"), query.pop("after")
    statement = queries.select_buying_units(queries.visible_to(current_actor()), **query)
    return paginate(statement, queries.LIST_ORDER, limit, after)


@blp.route("", methods=["POST"])
@requires(Permission.BUYING_UNIT_APPLY)
@idempotent
@blp.arguments(RegisterBuyingUnitSchema)
@blp.response(201, BuyingUnitSchema)
def register_buying_unit(command: dict[str, Any]) -> BuyingUnit:
    """Register a unit that buys."""
    with transaction():
        return service.register_buying_unit(current_actor(), **command)


@blp.route("/mine", methods=["GET"])
@requires(Permission.ACCOUNT_SELF)
@blp.arguments(ListQuerySchema, location="query")
@blp.response(200, BuyingUnitPageSchema)
def list_my_buying_units(query: dict[str, Any]) -> Page[BuyingUnit]:
    """List the units that the caller registered or is a clerk of."""
    return paginate(queries.select_mine(current_actor()), queries.LIST_ORDER, **query)


@blp.route("/<uuid:unit_id>", methods=["GET"])
@requires(Permission.BUYING_UNIT_READ)
@blp.response(200, BuyingUnitSchema)
def get_buying_unit(unit_id: UUID) -> tuple[BuyingUnit, int, dict[str, str]]:
    """Show a unit."""
    unit = queries.get_buying_unit(unit_id, queries.visible_to(current_actor()))
    return unit, 200, {"ETag": etag_of(unit.version)}


@blp.route("/<uuid:unit_id>/resubmit", methods=["POST"])
@requires(Permission.BUYING_UNIT_APPLY)
@blp.arguments(RegisterBuyingUnitSchema)
@blp.response(200, BuyingUnitSchema)
def resubmit_buying_unit(command: dict[str, Any], unit_id: UUID) -> BuyingUnit:
    """Register again after the registration was returned."""
    with transaction():
        return service.resubmit_buying_unit(current_actor(), unit_id, **command)


@blp.route("/<uuid:unit_id>/approve", methods=["POST"])
@requires(Permission.BUYING_UNIT_APPROVE)
@blp.response(200, BuyingUnitSchema)
def approve_buying_unit(unit_id: UUID) -> BuyingUnit:
    """Approve a registration (office of the unit's region)."""
    with transaction():
        return service.approve_buying_unit(current_actor(), unit_id)


@blp.route("/<uuid:unit_id>/return", methods=["POST"])
@requires(Permission.BUYING_UNIT_APPROVE)
@blp.arguments(BuyingUnitNoteSchema)
@blp.response(200, BuyingUnitSchema)
def return_buying_unit(command: dict[str, Any], unit_id: UUID) -> BuyingUnit:
    """Return a registration to the applicant (office of the unit's region)."""
    with transaction():
        return service.return_buying_unit(current_actor(), unit_id, **command)


@blp.route("/<uuid:unit_id>/close", methods=["POST"])
@requires(Permission.BUYING_UNIT_APPROVE)
@blp.arguments(BuyingUnitNoteSchema)
@blp.response(200, BuyingUnitSchema)
def close_buying_unit(command: dict[str, Any], unit_id: UUID) -> BuyingUnit:
    """Close a unit that is gone or merged (office of the unit's region)."""
    with transaction():
        return service.close_buying_unit(current_actor(), unit_id, **command)


@blp.route("/<uuid:unit_id>/canteen", methods=["PUT"])
@requires(Permission.BUYING_UNIT_WRITE)
@blp.arguments(DescribeCanteenSchema)
@blp.response(200, BuyingUnitSchema)
def describe_canteen(command: dict[str, Any], unit_id: UUID) -> BuyingUnit:
    """Say whether the unit has a canteen, who files it and who runs it; If-Match as read."""
    with transaction():
        unit = service.lock_managed_unit(current_actor(), unit_id)
        check_if_match(unit.version)
        return service.describe_canteen(current_actor(), unit, **command)


@blp.route("/<uuid:unit_id>/approval-rule", methods=["PUT"])
@requires(Permission.APPROVAL_RULE_WRITE)
@blp.arguments(ApprovalRuleSchema)
@blp.response(200, BuyingUnitSchema)
def set_approval_rule(command: dict[str, Any], unit_id: UUID) -> BuyingUnit:
    """Say from which amount on purchases wait for an approver; If-Match as read."""
    actor = current_actor()
    with transaction():
        unit = queries.lock_buying_unit(unit_id, approval.ruled_by(actor))
        check_if_match(unit.version)
        return approval.set_approval_rule(actor, unit, **command)


@blp.route("/<uuid:unit_id>/filings", methods=["GET"])
@requires(Permission.BUYING_UNIT_READ)
@blp.arguments(ListQuerySchema, location="query")
@blp.response(200, BuyingUnitFilingPageSchema)
def list_filings(query: dict[str, Any], unit_id: UUID) -> Page[BuyingUnitFiling]:
    """List what the unit filed, every revision."""
    unit = queries.get_buying_unit(unit_id, queries.visible_to(current_actor()))
    return paginate(queries.select_filings(unit.id), queries.FILING_ORDER, **query)


@blp.route("/<uuid:unit_id>/filings", methods=["POST"])
@requires(Permission.BUYING_UNIT_WRITE)
@idempotent
@blp.arguments(FilePurchasingSchema)
@blp.response(201, BuyingUnitFilingSchema)
def file_purchasing(command: dict[str, Any], unit_id: UUID) -> BuyingUnitFiling:
    """File the canteen purchasing and reserved share of a year; again is a revision."""
    with transaction():
        return service.file_purchasing(current_actor(), unit_id, **command)
