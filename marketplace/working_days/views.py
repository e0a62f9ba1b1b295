"""The JSON API of working days: public to read, finance officers' to keep up."""

from typing import Any

from marketplace import clock
from marketplace.database import transaction
from marketplace.http import ApiBlueprint, idempotent, requires
from marketplace.identity.actor import current_actor
from marketplace.permissions import Permission
from marketplace.working_days import queries, service
from marketplace.working_days.schemas import DaysQuerySchema, SetDaysSchema, SpecialDaysSchema

blp = ApiBlueprint(
    "working_days", __name__, url_prefix="/api/v1/working-days", description="工作日 Working days"
)


@blp.route("", methods=["GET"])
@requires(Permission.PUBLIC)
@blp.arguments(DaysQuerySchema, location="query")
@blp.response(200, SpecialDaysSchema)
def list_special_days(query: dict[str, Any]) -> dict[str, Any]:
    """List a year's public holidays and the weekend days worked in their stead."""
    return _year(query["year"] or clock.today().year)


@blp.route("", methods=["POST"])
@requires(Permission.CALENDAR_WRITE)
@idempotent
@blp.arguments(SetDaysSchema)
@blp.response(201, SpecialDaysSchema)
def set_special_days(command: dict[str, Any]) -> dict[str, Any]:
    """Say what each day of a span is: holiday, working day, or again what its weekday says."""
    with transaction():
        service.set_days(current_actor(), **command)
        return _year(command["first_on"].year)


def _year(year: int) -> dict[str, Any]:
    return {"year": year, "items": queries.list_days(year)}
