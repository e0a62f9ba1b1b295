"""The API of closing a year."""

from typing import Any

from marketplace.cursors import Page, paginate
from marketplace.database import transaction
from marketplace.http import ApiBlueprint, ListQuerySchema, idempotent, requires
from marketplace.identity.actor import current_actor
from marketplace.permissions import Permission
from partners.credits.models import LockedYear
from partners.locked_years import queries, service
from partners.locked_years.schemas import LockedYearPageSchema, LockedYearSchema, LockYearSchema

blp = ApiBlueprint(
    "locked_years", __name__, url_prefix="/api/v1/locked-years", description="年度锁定 Closed years"
)


@blp.route("", methods=["GET"])
@requires(Permission.QUOTA_READ)
@blp.arguments(ListQuerySchema, location="query")
@blp.response(200, LockedYearPageSchema)
def list_locked_years(query: dict[str, Any]) -> Page[LockedYear]:
    """List the closed years of the caller's regions, the newest first."""
    statement = queries.select_locked(current_actor())
    return paginate(statement, queries.ORDER, query["limit"], query["after"])


@blp.route("", methods=["POST"])
@requires(Permission.YEAR_LOCK)
@idempotent
@blp.arguments(LockYearSchema)
@blp.response(201, LockedYearSchema)
def lock_year(command: dict[str, Any]) -> LockedYear:
    """Close a year of a region and of all inside it; its figures stay as they are."""
    with transaction():
        return service.lock_year(current_actor(), **command)
