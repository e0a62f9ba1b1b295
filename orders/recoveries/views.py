"""The API of recoveries: for applicants without an account, for the account's holder, for officers."""

import uuid
from typing import Any

from marketplace import audit
from marketplace.cursors import Page, paginate
from marketplace.database import transaction
from marketplace.http import ApiBlueprint, check_if_match, etag_of, requires
from marketplace.identity.actor import current_actor
from marketplace.permissions import Permission
from orders.recoveries import doors, queries, service
from orders.recoveries.doors import ReadRecovery
from orders.recoveries.models import Recovery
from orders.recoveries.schemas import (
    ReadRecoverySchema,
    RecoveryCodeSchema,
    RecoveryNumberSchema,
    RecoveryPageSchema,
    RecoveryQuerySchema,
    RecoveryReasonSchema,
    RecoverySchema,
    RecoveryStandingSchema,
    StoppedSchema,
    SubmitRecoverySchema,
)

blp = ApiBlueprint(
    "recoveries", __name__, url_prefix="/api/v1/recoveries", description="账号找回 Recoveries"
)


@blp.route("/codes", methods=["POST"])
@requires(Permission.PUBLIC)
@blp.arguments(RecoveryCodeSchema)
@blp.response(202)
def request_recovery_code(command: dict[str, str]) -> None:
    """Send a code to the number that is to open the account; the same for every number."""
    doors.send_code(command["new_phone"])


@blp.route("", methods=["POST"])
@requires(Permission.PUBLIC)
@blp.arguments(SubmitRecoverySchema)
@blp.response(201, RecoveryStandingSchema)
def submit_recovery(command: dict[str, Any]) -> Recovery:
    """Ask for an account whose number is lost. The answer is the same whether there is one or not."""
    return doors.apply(command.pop("code"), command)


@blp.route("/standing", methods=["POST"])
@requires(Permission.PUBLIC)
@blp.arguments(RecoveryNumberSchema)
@blp.response(200, RecoveryStandingSchema)
def get_recovery_standing(command: dict[str, str]) -> Recovery:
    """Tell where an application stands to whoever knows its number."""
    return queries.get_by_number(command["recovery_no"].upper())


@blp.route("/mine/stop", methods=["POST"])
@requires(Permission.ACCOUNT_SELF)
@blp.response(200, StoppedSchema)
def stop_own_recovery() -> dict[str, bool]:
    """Stop a recovery of one's own account: it was somebody else."""
    with transaction():
        return {"is_stopped": service.stop_own_recovery(current_actor())}


@blp.route("", methods=["GET"])
@requires(Permission.RECOVERY_READ)
@blp.arguments(RecoveryQuerySchema, location="query")
@blp.response(200, RecoveryPageSchema)
def list_recoveries(query: dict[str, Any]) -> Page[Recovery]:
    """List applications, without a word of the person."""
    statement = queries.select_recoveries(current_actor(), query["state"])
    return paginate(statement, [(Recovery.id, "desc")], query["limit"], query["after"])


@blp.route("/<uuid:recovery_id>", methods=["GET"])
@requires(Permission.RECOVERY_READ)
@blp.response(200, ReadRecoverySchema)
def get_recovery(recovery_id: uuid.UUID) -> tuple[ReadRecovery, int, dict[str, str]]:
    """Show an application; who decides sees what is said and what of it is true (audited)."""
    actor = current_actor()
    with transaction():
        seen = doors.read(actor, recovery_id)
        audit.record("recovery.read", "recovery", recovery_id, actor=actor)
    return seen, 200, {"ETag": etag_of(seen.version)}


@blp.route("/<uuid:recovery_id>/approve", methods=["POST"])
@requires(Permission.RECOVERY_DECIDE)
@blp.response(200, RecoverySchema)
def approve_recovery(recovery_id: uuid.UUID) -> Recovery:
    """Find the account and start the notice to its old number; If-Match as read."""
    actor = current_actor()
    with transaction():
        recovery = queries.lock_recovery(recovery_id, queries.visible_to(actor))
        check_if_match(recovery.version)
        return service.approve_recovery(actor, recovery)


@blp.route("/<uuid:recovery_id>/refuse", methods=["POST"])
@requires(Permission.RECOVERY_DECIDE)
@blp.arguments(RecoveryReasonSchema)
@blp.response(200, RecoverySchema)
def refuse_recovery(command: dict[str, str], recovery_id: uuid.UUID) -> Recovery:
    """Refuse an application, with a reason."""
    actor = current_actor()
    with transaction():
        recovery = queries.lock_recovery(recovery_id, queries.visible_to(actor))
        return service.refuse_recovery(actor, recovery, **command)


@blp.route("/<uuid:recovery_id>/stop", methods=["POST"])
@requires(Permission.RECOVERY_DECIDE)
@blp.arguments(RecoveryReasonSchema)
@blp.response(200, RecoverySchema)
def stop_recovery(command: dict[str, str], recovery_id: uuid.UUID) -> Recovery:
    """Stop an approved recovery while its notice runs."""
    actor = current_actor()
    with transaction():
        recovery = queries.lock_recovery(recovery_id, queries.visible_to(actor))
        return service.stop_recovery(actor, recovery, **command)
