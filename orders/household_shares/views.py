"""The API of what went back to households."""

import uuid
from typing import Any

from marketplace import clock
from marketplace.cursors import Page
from marketplace.database import transaction
from marketplace.http import ApiBlueprint, idempotent, requires
from marketplace.identity.actor import current_actor
from marketplace.permissions import Permission
from orders.household_shares import service, showing, summary
from orders.household_shares.schemas import (
    EnterHouseholdShareSchema,
    HomeSumListSchema,
    HouseholdShareListSchema,
    HouseholdSharePageSchema,
    HouseholdShareQuerySchema,
    HouseholdShareSchema,
    PublishedSharesSchema,
    ReturnHouseholdShareSchema,
    ShareYearQuerySchema,
)

blp = ApiBlueprint(
    "household_shares", __name__, url_prefix="/api/v1", description="返还农户 Household shares"
)


@blp.route("/settlements/statements/<uuid:statement_id>/household-shares", methods=["GET"])
@requires(Permission.HOUSEHOLD_SHARE_READ)
@blp.response(200, HouseholdShareListSchema)
def list_statement_household_shares(statement_id: uuid.UUID) -> dict[str, Any]:
    """List the revisions of what of a statement went back to households, the newest first."""
    return {"items": showing.list_of_statement(current_actor(), statement_id)}


@blp.route("/settlements/statements/<uuid:statement_id>/household-shares", methods=["POST"])
@requires(Permission.HOUSEHOLD_SHARE_WRITE)
@idempotent
@blp.arguments(EnterHouseholdShareSchema)
@blp.response(201, HouseholdShareSchema)
def enter_household_share(command: dict[str, Any], statement_id: uuid.UUID) -> showing.ShownShare:
    """Enter what of a statement went back to households; the revision before is replaced."""
    with transaction():
        actor = current_actor()
        share = service.enter_share(actor, statement_id, **command)
        return showing.show_share(actor, share.id)


@blp.route("/household-shares", methods=["GET"])
@requires(Permission.HOUSEHOLD_SHARE_READ)
@blp.arguments(HouseholdShareQuerySchema, location="query")
@blp.response(200, HouseholdSharePageSchema)
def list_household_shares(query: dict[str, Any]) -> Page[showing.ShownShare]:
    """List the shares of the caller's cooperatives or region, the newest first."""
    return showing.page_of_shares(current_actor(), query["state"], query["limit"], query["after"])


@blp.route("/household-shares/<uuid:share_id>", methods=["GET"])
@requires(Permission.HOUSEHOLD_SHARE_READ)
@blp.response(200, HouseholdShareSchema)
def get_household_share(share_id: uuid.UUID) -> showing.ShownShare:
    """Show a revision of a statement's share."""
    return showing.show_share(current_actor(), share_id)


@blp.route("/household-shares/<uuid:share_id>/attest", methods=["POST"])
@requires(Permission.HOUSEHOLD_SHARE_ATTEST)
@blp.response(200, HouseholdShareSchema)
def attest_household_share(share_id: uuid.UUID) -> showing.ShownShare:
    """Attest a share as the office of its cooperative's region; it stays as it is."""
    with transaction():
        return showing.show_one(service.attest_share(current_actor(), share_id))


@blp.route("/household-shares/<uuid:share_id>/return", methods=["POST"])
@requires(Permission.HOUSEHOLD_SHARE_ATTEST)
@blp.arguments(ReturnHouseholdShareSchema)
@blp.response(200, HouseholdShareSchema)
def return_household_share(command: dict[str, Any], share_id: uuid.UUID) -> showing.ShownShare:
    """Send a share back to its cooperative, saying why."""
    with transaction():
        return showing.show_one(service.return_share(current_actor(), share_id, **command))


@blp.route("/household-shares/summary", methods=["GET"])
@requires(Permission.HOUSEHOLD_SHARE_SUM)
@blp.arguments(ShareYearQuerySchema, location="query")
@blp.response(200, HomeSumListSchema)
def summarize_household_shares(query: dict[str, Any]) -> dict[str, Any]:
    """Sum up a year for an office: its own region, and each western region it is paired with."""
    year = query["year"] or clock.today().year
    return {"items": summary.list_for_office(current_actor(), year)}


@blp.route("/household-shares/published", methods=["GET"])
@requires(Permission.PUBLIC)
@blp.arguments(ShareYearQuerySchema, location="query")
@blp.response(200, PublishedSharesSchema)
def get_published_household_shares(query: dict[str, Any]) -> summary.Published:
    """Show what is published of a year: attested counts and sums by county, small ones together."""
    return summary.get_published(query["year"] or clock.today().year)
