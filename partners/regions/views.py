"""The API of regions: public, read only."""

from datetime import date
from typing import Any

from marketplace.cursors import Page
from marketplace.http import ApiBlueprint, requires
from marketplace.permissions import Permission
from partners.regions import queries
from partners.regions.schemas import (
    RegionDetailSchema,
    RegionOnQuerySchema,
    RegionPageSchema,
    RegionQuerySchema,
)
from partners.regions.tree import RegionNode

blp = ApiBlueprint(
    "regions", __name__, url_prefix="/api/v1/regions", description="行政区划 Divisions of China"
)


@blp.route("", methods=["GET"])
@requires(Permission.PUBLIC)
@blp.arguments(RegionQuerySchema, location="query")
@blp.response(200, RegionPageSchema)
def list_regions(query: dict[str, Any]) -> Page[RegionNode]:
    """List the regions under one, or find regions by name, pinyin, initials or code."""
    return queries.page_of_regions(**query)


@blp.route("/<code>", methods=["GET"])
@requires(Permission.PUBLIC)
@blp.arguments(RegionOnQuerySchema, location="query")
@blp.response(200, RegionDetailSchema)
def get_region(query: dict[str, date | None], code: str) -> RegionNode:
    """Show a region; with `on`, a code is read as it stood on that day."""
    return queries.get_region(code, on=query["on"])
