"""The API of offices: public, read only; they are opened with the pairings."""

from typing import Any
from uuid import UUID

from marketplace.cursors import Page, paginate
from marketplace.http import ApiBlueprint, requires
from marketplace.permissions import Permission
from partners.offices import queries
from partners.offices.models import Office
from partners.offices.schemas import OfficePageSchema, OfficeQuerySchema, OfficeSchema

blp = ApiBlueprint(
    "offices", __name__, url_prefix="/api/v1/offices", description="对口办 Coordination offices"
)


@blp.route("", methods=["GET"])
@requires(Permission.PUBLIC)
@blp.arguments(OfficeQuerySchema, location="query")
@blp.response(200, OfficePageSchema)
def list_offices(query: dict[str, Any]) -> Page[Office]:
    """List the offices inside a region, or directly under another office."""
    limit, after = query.pop("limit"), query.pop("after")
    return paginate(queries.select_offices(**query), queries.LIST_ORDER, limit, after)


@blp.route("/<uuid:office_id>", methods=["GET"])
@requires(Permission.PUBLIC)
@blp.response(200, OfficeSchema)
def get_office(office_id: UUID) -> Office:
    """Show an office."""
    return queries.get_office(office_id)
