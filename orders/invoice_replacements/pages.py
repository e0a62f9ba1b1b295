"""The pages on which a buyer asks for a new invoice, and the seller answers on the invoice's own."""

from __future__ import annotations

import uuid
from collections.abc import Callable

from flask import redirect, request
from werkzeug.wrappers import Response

from marketplace import forms, layout
from marketplace.database import transaction
from marketplace.errors import Conflict, NotFound, Problem, Unprocessable
from marketplace.http import requires
from marketplace.identity.actor import current_actor
from marketplace.language import Text
from marketplace.pages import PageBlueprint, render
from marketplace.permissions import Permission
from orders.invoice_replacements import service
from orders.invoice_replacements.schemas import AskReplacementSchema
from orders.invoices import queries
from orders.invoices.models import Invoice
from orders.invoices.pages import HOME, choices
from orders.invoices.schemas import ReasonSchema

blueprint = PageBlueprint("invoice_replacements_pages", __name__)

DESK = "/desk/invoices"


@blueprint.get(f"{HOME}/<uuid:invoice_id>/replace")
@requires(Permission.INVOICE_REQUEST)
def show_replacement_form(invoice_id: uuid.UUID) -> Response:
    """Show the form in which a buyer asks for another title or type."""
    return _form(_bought(invoice_id), {}, {})


@blueprint.post(f"{HOME}/<uuid:invoice_id>/replace")
@requires(Permission.INVOICE_REQUEST)
def ask_for_replacement(invoice_id: uuid.UUID) -> Response:
    """Ask for another title or type."""
    invoice = _bought(invoice_id)
    entered = forms.load(AskReplacementSchema(), request.form)
    if entered.errors:
        return _form(invoice, entered.raw, entered.errors)
    try:
        with transaction():
            service.ask(current_actor(), invoice_id, **entered.values)
    except (Conflict, Unprocessable, NotFound) as problem:
        return _form(_bought(invoice_id), entered.raw, forms.refused(problem), problem)
    layout.tell(
        Text("已提交，等合作社答复", "Sent; the cooperative will answer"),
        "waiting",
    )
    return redirect(f"{HOME}/{invoice_id}", 303)


@blueprint.post(f"{HOME}/<uuid:invoice_id>/replace/withdraw")
@requires(Permission.INVOICE_REQUEST)
def withdraw_replacement(invoice_id: uuid.UUID) -> Response:
    """Take the wish back."""
    return _act(
        f"{HOME}/{invoice_id}",
        lambda: service.withdraw(current_actor(), invoice_id),
        Text("换开申请已撤回，原发票照常有效", "Taken back; the invoice stands as it is"),
    )


@blueprint.post(f"{DESK}/<uuid:invoice_id>/replace/agree")
@requires(Permission.INVOICE_ISSUE)
def agree_to_replacement(invoice_id: uuid.UUID) -> Response:
    """Agree to the wish: the invoice is among those to reverse."""
    return _act(
        f"{DESK}/{invoice_id}",
        lambda: service.agree(current_actor(), invoice_id),
        Text(
            "已列入待红冲；红字发票登记后，新的开票申请会出现在待开具里",
            "It is among those to reverse; once the red one is on file the new request appears",
        ),
    )


@blueprint.post(f"{DESK}/<uuid:invoice_id>/replace/decline")
@requires(Permission.INVOICE_ISSUE)
def decline_replacement(invoice_id: uuid.UUID) -> Response:
    """Decline the wish, saying why."""
    entered = forms.load(ReasonSchema(), request.form)
    if entered.errors:
        queries.get_invoice(invoice_id, queries.sold_by(current_actor()))
        layout.tell(Text("请写明原因", "Say why"), "bad")
        return redirect(f"{DESK}/{invoice_id}", 303)
    return _act(
        f"{DESK}/{invoice_id}",
        lambda: service.decline(current_actor(), invoice_id, **entered.values),
        Text("已退回换开申请，买方会看到原因", "Declined; the buyer reads why"),
    )


def _act(back: str, work: Callable[[], object], done: Text) -> Response:
    try:
        with transaction():
            work()
    except Conflict as problem:
        layout.tell(problem.title, "bad")
    else:
        layout.tell(done)
    return redirect(back, 303)


def _bought(invoice_id: uuid.UUID) -> Invoice:
    return queries.get_invoice(invoice_id, queries.bought_by(current_actor()))


def _form(
    invoice: Invoice, raw: dict[str, str], errors: dict[str, str], problem: Problem | None = None
) -> Response:
    return render(
        "invoice_replacements/ask.html",
        422 if errors or problem else 200,
        invoice=invoice,
        form=raw,
        errors=errors,
        problem_here=problem,
        **choices(current_actor(), invoice.buying_unit_id, raw),
    )
