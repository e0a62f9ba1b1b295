"""The API of the rhythm of settlement."""

from typing import Any

from marketplace.database import transaction
from marketplace.http import ApiBlueprint, idempotent, requires
from marketplace.identity.actor import current_actor
from marketplace.permissions import Permission
from orders.settlement_schedules import queries, service
from orders.settlement_schedules.calendar import next_closing
from orders.settlement_schedules.models import SettlementSchedule
from orders.settlement_schedules.schemas import (
    ScheduleSchema,
    SchedulesSchema,
    SetScheduleSchema,
)
from orders.settlements.queries import get_today

blp = ApiBlueprint(
    "settlement_schedules",
    __name__,
    url_prefix="/api/v1/settlements/schedules",
    description="结算周期 Settlement schedule",
)


@blp.route("", methods=["GET"])
@requires(Permission.SETTLEMENT_READ)
@blp.response(200, SchedulesSchema)
def list_settlement_schedules() -> dict[str, Any]:
    """List the rhythms set so far, the first one first, and when the next run starts by itself."""
    schedules = queries.list_schedules()
    return {"items": schedules, "next_run_on": next_closing(schedules, get_today())}


@blp.route("", methods=["POST"])
@requires(Permission.SETTLEMENT_RUN)
@idempotent
@blp.arguments(SetScheduleSchema)
@blp.response(201, ScheduleSchema)
def set_settlement_schedule(command: dict[str, Any]) -> SettlementSchedule:
    """Set in which rhythm windows close by themselves from a day on."""
    with transaction():
        return service.set_schedule(current_actor(), **command)
