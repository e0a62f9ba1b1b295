"""The JSON API of the bank account's balance."""

import uuid
from datetime import date
from typing import Any

from marketplace.database import transaction
from marketplace.http import ApiBlueprint, idempotent, requires
from marketplace.identity.actor import current_actor
from marketplace.permissions import Permission
from orders.bank_balance import service
from orders.bank_balance.models import BankOpening
from orders.bank_balance.schemas import (
    BankBalanceQuerySchema,
    BankBalanceSchema,
    BankOpeningSchema,
    ProposeOpeningSchema,
)
from orders.bank_balance.sheet import BalanceSheet, draw_up

blp = ApiBlueprint(
    "bank_balance", __name__, url_prefix="/api/v1/reconciliation",
    description="银行存款余额 The bank account's balance",
)  # fmt: skip


@blp.route("/bank-balance", methods=["GET"])
@requires(Permission.RECONCILIATION_READ)
@blp.arguments(BankBalanceQuerySchema, location="query")
@blp.response(200, BankBalanceSchema)
def get_bank_balance(query: dict[str, date]) -> BalanceSheet:
    """Draw up the reconciliation statement (银行存款余额调节表) of the end of a day."""
    return draw_up(query["day"])


@blp.route("/bank-openings", methods=["POST"])
@requires(Permission.DIFFERENCE_CLOSE)
@idempotent
@blp.arguments(ProposeOpeningSchema)
@blp.response(201, BankOpeningSchema)
def propose_bank_opening(command: dict[str, Any]) -> BankOpening:
    """Enter what stood on the account before the first entry; another officer confirms it."""
    with transaction():
        return service.propose_opening(current_actor(), **command)


@blp.route("/bank-openings/<uuid:opening_id>/confirm", methods=["POST"])
@requires(Permission.BOOKING_CONFIRM)
@blp.response(200, BankOpeningSchema)
def confirm_bank_opening(opening_id: uuid.UUID) -> BankOpening:
    """Agree with what another officer entered: it is booked as the platform's own money."""
    with transaction():
        return service.confirm_opening(current_actor(), opening_id)


@blp.route("/bank-openings/<uuid:opening_id>/reject", methods=["POST"])
@requires(Permission.DIFFERENCE_CLOSE)
@blp.response(200, BankOpeningSchema)
def reject_bank_opening(opening_id: uuid.UUID) -> BankOpening:
    """Refuse, or take back, what was entered."""
    with transaction():
        return service.reject_opening(current_actor(), opening_id)
