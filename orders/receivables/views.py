"""The JSON API of paying later: what units owe, its ageing, and the terms that two officers grant."""

import uuid
from typing import Any

from marketplace.database import transaction
from marketplace.http import ApiBlueprint, idempotent, requires
from marketplace.identity.actor import current_actor
from marketplace.permissions import Permission
from orders.receivables import queries, service, writing_off
from orders.receivables.models import DebtWriteOff, TermsChange
from orders.receivables.schemas import (
    AgeingListSchema,
    PayablesSchema,
    ProposeTermsSchema,
    ProposeWriteOffSchema,
    TermsChangeSchema,
    WriteOffSchema,
)

blp = ApiBlueprint("receivables", __name__, url_prefix="/api/v1", description="先货后款 Pay later")


@blp.route("/payables", methods=["GET"])
@requires(Permission.TRADE_PAY)
@blp.response(200, PayablesSchema)
def list_payables() -> dict[str, Any]:
    """List what the caller's units owe, the first due first, then what was settled last."""
    return {"items": queries.list_payables(current_actor())}


@blp.route("/receivables", methods=["GET"])
@requires(Permission.DEBT_READ)
@blp.response(200, AgeingListSchema)
def list_receivables() -> dict[str, Any]:
    """List what units owe by age, the most overdue first."""
    return {"items": queries.list_ageing(queries.today())}


@blp.route("/receivables/terms", methods=["POST"])
@requires(Permission.TERMS_PROPOSE)
@idempotent
@blp.arguments(ProposeTermsSchema)
@blp.response(201, TermsChangeSchema)
def propose_terms(command: dict[str, Any]) -> TermsChange:
    """Propose up to how much a unit may owe, and for how long."""
    with transaction():
        return service.propose_terms(current_actor(), command.pop("buying_unit_id"), **command)


@blp.route("/receivables/terms/<uuid:terms_change_id>/confirm", methods=["POST"])
@requires(Permission.TERMS_CONFIRM)
@blp.response(200, TermsChangeSchema)
def confirm_terms(terms_change_id: uuid.UUID) -> TermsChange:
    """Grant terms that another officer proposed."""
    with transaction():
        return service.confirm_terms(current_actor(), terms_change_id)


@blp.route("/receivables/terms/<uuid:terms_change_id>/reject", methods=["POST"])
@requires(Permission.TERMS_PROPOSE)
@blp.response(200, TermsChangeSchema)
def reject_terms(terms_change_id: uuid.UUID) -> TermsChange:
    """Refuse, or take back, a change of terms."""
    with transaction():
        return service.reject_terms(current_actor(), terms_change_id)


@blp.route("/receivables/<uuid:receivable_id>/write-offs", methods=["POST"])
@requires(Permission.TERMS_PROPOSE)
@idempotent
@blp.arguments(ProposeWriteOffSchema)
@blp.response(201, WriteOffSchema)
def propose_write_off(command: dict[str, Any], receivable_id: uuid.UUID) -> DebtWriteOff:
    """Propose to give a debt up that is overdue beyond its days of grace."""
    with transaction():
        return writing_off.propose_write_off(current_actor(), receivable_id, **command)


@blp.route("/receivables/write-offs/<uuid:write_off_id>/confirm", methods=["POST"])
@requires(Permission.WRITE_OFF_CONFIRM)
@blp.response(200, WriteOffSchema)
def confirm_write_off(write_off_id: uuid.UUID) -> DebtWriteOff:
    """Give a debt up as another officer proposed; its unit owes it all the same."""
    with transaction():
        return writing_off.confirm_write_off(current_actor(), write_off_id)


@blp.route("/receivables/write-offs/<uuid:write_off_id>/reject", methods=["POST"])
@requires(Permission.TERMS_PROPOSE)
@blp.response(200, WriteOffSchema)
def reject_write_off(write_off_id: uuid.UUID) -> DebtWriteOff:
    """Refuse, or take back, a proposed write-off."""
    with transaction():
        return writing_off.reject_write_off(current_actor(), write_off_id)
