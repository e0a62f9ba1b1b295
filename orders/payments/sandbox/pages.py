"""The sandbox's hosted pay page, where a shopper confirms, declines, or lets it hang."""

from typing import Any

from flask import current_app, redirect, request
from sqlalchemy import Row
from werkzeug.wrappers import Response

from marketplace import jobs
from marketplace.database import transaction
from marketplace.errors import NotFound
from marketplace.http import requires
from marketplace.language import Text
from marketplace.pages import PageBlueprint, render
from marketplace.permissions import Permission
from orders.payments.sandbox import service
from orders.payments.sandbox.jobs import QUEUEING_LOCK, deliver_sandbox_notices
from orders.payments.sandbox.switches import SCENARIOS, set_switches

blueprint = PageBlueprint("sandbox", __name__, url_prefix="/sandbox")


class HostedPaymentNotFound(NotFound):
    title = Text("没有这笔支付", "There is no such payment")


@blueprint.route("/pay/<reference>", methods=["GET"])
@requires(Permission.PUBLIC)
def show_hosted_payment(reference: str) -> Response:
    """The page that a real provider would show on its own site."""
    payment = _get_hosted(reference)
    return render("sandbox/pay.html", payment=payment, scenarios=SCENARIOS)


@blueprint.route("/pay/<reference>", methods=["POST"])
@requires(Permission.PUBLIC)
def decide_hosted_payment(reference: str) -> Response:
    """Take the shopper's decision and send them back; the shop is told later, by a notice."""
    payment = _get_hosted(reference)
    decision = request.form.get("decision", "")
    scenario = request.form.get("scenario", "normal")
    if scenario != "normal" and scenario in SCENARIOS:
        set_switches(payment.merchant_reference, SCENARIOS[scenario][1])
    if decision == "confirm":
        service.confirm_payment(reference)
    elif decision == "decline":
        service.decline_payment(reference)
    if decision in ("confirm", "decline"):
        with transaction():
            jobs.enqueue(deliver_sandbox_notices, queueing_lock=QUEUEING_LOCK)
    return redirect(payment.return_url, 303)


def _get_hosted(reference: str) -> Row[Any]:
    settings = current_app.config["SETTINGS"]
    is_open = settings.sandbox_payments and settings.is_development
    payment = service.find_hosted(reference) if is_open and len(reference) <= 64 else None
    if payment is None:
        raise HostedPaymentNotFound
    return payment
