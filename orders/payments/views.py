"""The JSON API of payments."""

import uuid
from typing import Any

from marketplace.http import ApiBlueprint, idempotent, requires
from marketplace.identity.actor import current_actor
from marketplace.permissions import Permission
from orders.payments import calls, telling
from orders.payments.changing import change_means
from orders.payments.schemas import PaymentSchema, StartPaymentSchema, StartRepaymentSchema

blp = ApiBlueprint("payments", __name__, url_prefix="/api/v1", description="付款与退款")


@blp.route("/trades/<uuid:trade_id>/payments", methods=["POST"])
@requires(Permission.TRADE_PAY)
@idempotent(steps=True)
@blp.arguments(StartPaymentSchema)
@blp.response(201, PaymentSchema)
def start_payment(command: dict[str, Any], trade_id: uuid.UUID) -> telling.PaymentOverview:
    """Start paying a trade; an attempt that is not decided yet goes on instead of a new one."""
    attempt = calls.begin_payment(current_actor(), trade_id, command.pop("provider"), **command)
    return telling.overview_of(attempt)


@blp.route("/trades/<uuid:trade_id>/repayments", methods=["POST"])
@requires(Permission.TRADE_PAY)
@idempotent(steps=True)
@blp.arguments(StartRepaymentSchema)
@blp.response(201, PaymentSchema)
def start_repayment(command: dict[str, Any], trade_id: uuid.UUID) -> telling.PaymentOverview:
    """Start to repay what is owed for goods that came first, all of it or a part."""
    attempt = calls.begin_repayment(current_actor(), trade_id, command.pop("provider"), **command)
    return telling.get_overview(current_actor(), attempt.id)


@blp.route("/trades/<uuid:trade_id>/payments/close", methods=["POST"])
@requires(Permission.TRADE_PAY)
@blp.response(204)
def close_payments(trade_id: uuid.UUID) -> None:
    """Close what could still pay an open trade, to choose another means of payment."""
    change_means(current_actor(), trade_id)


@blp.route("/payments/<uuid:payment_id>", methods=["GET"])
@requires(Permission.TRADE_READ)
@blp.response(200, PaymentSchema)
def get_payment(payment_id: uuid.UUID) -> telling.PaymentOverview:
    """Tell how a payment stands now."""
    return telling.get_overview(current_actor(), payment_id)
