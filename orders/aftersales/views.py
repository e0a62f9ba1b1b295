"""The API of after-sales: apply, answer, withdraw, give a refund."""

import uuid
from typing import Any

from marketplace.cursors import Page, paginate
from marketplace.database import transaction
from marketplace.http import ApiBlueprint, idempotent, requires
from marketplace.identity.actor import current_actor
from marketplace.permissions import Permission
from orders.aftersales import queries, service
from orders.aftersales.models import AftersalesCase
from orders.aftersales.schemas import (
    AgreementSchema,
    CaseListQuerySchema,
    CasePageSchema,
    GivenRefundSchema,
    RefundApplicationSchema,
    RefusalSchema,
)
from orders.orderbook.schemas import AftersalesCaseSchema
from orders.orderbook.showing import ShownCase, show_cases

blp = ApiBlueprint("aftersales", __name__, url_prefix="/api/v1", description="售后 After-sales")


@blp.route("/orders/<uuid:order_id>/aftersales", methods=["POST"])
@requires(Permission.AFTER_SALES_APPLY)
@idempotent
@blp.arguments(RefundApplicationSchema)
@blp.response(201, AftersalesCaseSchema)
def apply_for_refund(command: dict[str, Any], order_id: uuid.UUID) -> ShownCase:
    """Apply for a refund of an order line as its buyer."""
    actor = current_actor()
    with transaction():
        return show_cases(actor, [service.apply_for_refund(actor, order_id, **command)])[0]


@blp.route("/orders/<uuid:order_id>/refunds", methods=["POST"])
@requires(Permission.AFTER_SALES_ANSWER)
@idempotent
@blp.arguments(GivenRefundSchema)
@blp.response(201, AftersalesCaseSchema)
def give_refund(command: dict[str, Any], order_id: uuid.UUID) -> ShownCase:
    """Refund an order line as its cooperative, without an application, also after completion."""
    actor = current_actor()
    with transaction():
        return show_cases(actor, [service.give_refund(actor, order_id, **command)])[0]


@blp.route("/aftersales", methods=["GET"])
@requires(Permission.ORDER_READ)
@blp.arguments(CaseListQuerySchema, location="query")
@blp.response(200, CasePageSchema)
def list_aftersales(query: dict[str, Any]) -> Page[ShownCase]:
    """List the after-sales cases of orders that the caller may read, newest first."""
    actor = current_actor()
    found = queries.narrow(queries.visible_to(actor), query["state"], query["order_id"])
    page = paginate(found, [(AftersalesCase.id, "desc")], query["limit"], query["after"])
    return Page(show_cases(actor, page.items), page.next)


@blp.route("/aftersales/<uuid:case_id>", methods=["GET"])
@requires(Permission.ORDER_READ)
@blp.response(200, AftersalesCaseSchema)
def get_aftersales_case(case_id: uuid.UUID) -> ShownCase:
    """Show an after-sales case."""
    actor = current_actor()
    return show_cases(actor, [queries.get_case(actor, case_id)])[0]


@blp.route("/aftersales/<uuid:case_id>/agree", methods=["POST"])
@requires(Permission.AFTER_SALES_ANSWER)
@blp.arguments(AgreementSchema)
@blp.response(200, AftersalesCaseSchema)
def agree_to_refund(command: dict[str, Any], case_id: uuid.UUID) -> ShownCase:
    """Agree to an application: the money goes back, the quota credit is reversed."""
    actor = current_actor()
    with transaction():
        return show_cases(actor, [service.agree_to_refund(actor, case_id, **command)])[0]


@blp.route("/aftersales/<uuid:case_id>/refuse", methods=["POST"])
@requires(Permission.AFTER_SALES_ANSWER)
@blp.arguments(RefusalSchema)
@blp.response(200, AftersalesCaseSchema)
def refuse_refund(command: dict[str, Any], case_id: uuid.UUID) -> ShownCase:
    """Refuse an application, saying why."""
    actor = current_actor()
    with transaction():
        return show_cases(actor, [service.refuse_refund(actor, case_id, **command)])[0]


@blp.route("/aftersales/<uuid:case_id>/withdraw", methods=["POST"])
@requires(Permission.AFTER_SALES_APPLY)
@blp.response(200, AftersalesCaseSchema)
def withdraw_application(case_id: uuid.UUID) -> ShownCase:
    """Take an unanswered application back."""
    actor = current_actor()
    with transaction():
        return show_cases(actor, [service.withdraw_application(actor, case_id)])[0]
