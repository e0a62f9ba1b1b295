"""The API of after-sales: every step that buyer or cooperative takes with a case."""

import uuid
from collections.abc import Callable
from typing import Any

from marketplace.cursors import Page, paginate
from marketplace.database import transaction
from marketplace.errors import NotFound
from marketplace.http import ApiBlueprint, idempotent, requires
from marketplace.identity.actor import Actor, current_actor
from marketplace.permissions import Permission
from orders.aftersales import addresses, queries, service
from orders.aftersales.addresses import Consignee
from orders.aftersales.models import AftersalesCase
from orders.aftersales.schemas import (
    AgreementSchema,
    CaseListQuerySchema,
    CasePageSchema,
    EscalationSchema,
    GivenRefundSchema,
    GoodsReceivedSchema,
    InterceptionSchema,
    RefundApplicationSchema,
    RefusalSchema,
    SentBackSchema,
)
from orders.orderbook.schemas import AftersalesCaseSchema
from orders.orderbook.showing import ShownCase, show_cases
from partners.return_addresses.schemas import ConsigneeSchema

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
    """Agree: money alone goes back now; else the buyer is told where to send the goods."""
    consignee = command.pop("return_to")
    command["return_to"] = None if consignee is None else Consignee(**consignee)
    return _taken(lambda actor: service.agree_to_refund(actor, case_id, **command))


@blp.route("/aftersales/<uuid:case_id>/refuse", methods=["POST"])
@requires(Permission.AFTER_SALES_ANSWER)
@blp.arguments(RefusalSchema)
@blp.response(200, AftersalesCaseSchema)
def refuse_refund(command: dict[str, Any], case_id: uuid.UUID) -> ShownCase:
    """Refuse an application, saying why."""
    return _taken(lambda actor: service.refuse_refund(actor, case_id, **command))


@blp.route("/aftersales/<uuid:case_id>/withdraw", methods=["POST"])
@requires(Permission.AFTER_SALES_APPLY)
@blp.response(200, AftersalesCaseSchema)
def withdraw_application(case_id: uuid.UUID) -> ShownCase:
    """Take a case back, as long as nothing was sent."""
    return _taken(lambda actor: service.withdraw_application(actor, case_id))


@blp.route("/aftersales/<uuid:case_id>/send-back", methods=["POST"])
@requires(Permission.AFTER_SALES_APPLY)
@blp.arguments(SentBackSchema)
@blp.response(200, AftersalesCaseSchema)
def send_goods_back(command: dict[str, Any], case_id: uuid.UUID) -> ShownCase:
    """Say with which waybill the goods are on their way back."""
    return _taken(lambda actor: service.send_goods_back(actor, case_id, **command))


@blp.route("/aftersales/<uuid:case_id>/receive", methods=["POST"])
@requires(Permission.AFTER_SALES_ANSWER)
@blp.arguments(GoodsReceivedSchema)
@blp.response(200, AftersalesCaseSchema)
def receive_goods(command: dict[str, Any], case_id: uuid.UUID) -> ShownCase:
    """Confirm that goods came back: the money goes back, or the replacement is next."""
    return _taken(lambda actor: service.receive_goods(actor, case_id, **command))


@blp.route("/aftersales/<uuid:case_id>/refuse-goods", methods=["POST"])
@requires(Permission.AFTER_SALES_ANSWER)
@blp.arguments(RefusalSchema)
@blp.response(200, AftersalesCaseSchema)
def refuse_goods(command: dict[str, Any], case_id: uuid.UUID) -> ShownCase:
    """Refuse what came back, or say that nothing came; the buyer may go to the platform."""
    return _taken(lambda actor: service.refuse_goods(actor, case_id, **command))


@blp.route("/aftersales/<uuid:case_id>/send-replacement", methods=["POST"])
@requires(Permission.AFTER_SALES_ANSWER)
@blp.arguments(SentBackSchema)
@blp.response(200, AftersalesCaseSchema)
def send_replacement(command: dict[str, Any], case_id: uuid.UUID) -> ShownCase:
    """Ship the replacement of an exchange."""
    return _taken(lambda actor: service.send_replacement(actor, case_id, **command))


@blp.route("/aftersales/<uuid:case_id>/refund-instead", methods=["POST"])
@requires(Permission.AFTER_SALES_ANSWER)
@blp.response(200, AftersalesCaseSchema)
def refund_instead(case_id: uuid.UUID) -> ShownCase:
    """Give the money back instead of a replacement."""
    return _taken(lambda actor: service.refund_instead(actor, case_id))


@blp.route("/aftersales/<uuid:case_id>/confirm-replacement", methods=["POST"])
@requires(Permission.AFTER_SALES_APPLY)
@blp.response(200, AftersalesCaseSchema)
def confirm_replacement(case_id: uuid.UUID) -> ShownCase:
    """Confirm that the replacement came."""
    return _taken(lambda actor: service.confirm_replacement(actor, case_id))


@blp.route("/aftersales/<uuid:case_id>/escalate", methods=["POST"])
@requires(Permission.AFTER_SALES_APPLY)
@blp.arguments(EscalationSchema)
@blp.response(200, AftersalesCaseSchema)
def escalate_case(command: dict[str, Any], case_id: uuid.UUID) -> ShownCase:
    """Bring a refusal before the platform."""
    return _taken(lambda actor: service.escalate_case(actor, case_id, **command))


@blp.route("/orders/<uuid:order_id>/interception", methods=["POST"])
@requires(Permission.AFTER_SALES_APPLY)
@idempotent
@blp.arguments(InterceptionSchema)
@blp.response(201, AftersalesCaseSchema(many=True))
def ask_to_intercept(command: dict[str, Any], order_id: uuid.UUID) -> list[ShownCase]:
    """Ask that what is on its way be stopped or refused at the door; one case per line."""
    actor = current_actor()
    with transaction():
        return show_cases(actor, service.ask_to_intercept(actor, order_id, **command))


@blp.route("/cooperatives/<uuid:cooperative_id>/return-address", methods=["GET"])
@requires(Permission.AFTER_SALES_ANSWER)
@blp.response(200, ConsigneeSchema)
def get_return_address(cooperative_id: uuid.UUID) -> Consignee:
    """Show where goods are sent back to."""
    addresses.require_answering(current_actor(), cooperative_id)
    found = addresses.find_return_address(cooperative_id)
    if found is None:
        raise NotFound
    return found


@blp.route("/cooperatives/<uuid:cooperative_id>/return-address", methods=["PUT"])
@requires(Permission.AFTER_SALES_ANSWER)
@blp.arguments(ConsigneeSchema)
@blp.response(200, ConsigneeSchema)
def set_return_address(command: dict[str, Any], cooperative_id: uuid.UUID) -> Consignee:
    """Say where goods are sent back to from now on."""
    consignee = Consignee(**command)
    with transaction():
        addresses.set_return_address(current_actor(), cooperative_id, consignee)
        return consignee


def _taken(step: Callable[[Actor], AftersalesCase]) -> ShownCase:
    actor = current_actor()
    with transaction():
        return show_cases(actor, [step(actor)])[0]
