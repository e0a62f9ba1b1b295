"""The API of wishes to have an issued invoice made out anew."""

import uuid
from collections.abc import Sequence
from typing import Any

from marketplace.database import transaction
from marketplace.http import ApiBlueprint, idempotent, requires
from marketplace.identity.actor import current_actor
from marketplace.permissions import Permission
from orders.invoice_replacements import queries, service
from orders.invoice_replacements.models import InvoiceReplacement
from orders.invoice_replacements.schemas import (
    AskReplacementSchema,
    ReplacementListSchema,
    ReplacementSchema,
)
from orders.invoices import queries as invoice_queries
from orders.invoices.models import Invoice
from orders.invoices.schemas import InvoiceReceiptSchema, ReasonSchema

blp = ApiBlueprint(
    "invoice_replacements",
    __name__,
    url_prefix="/api/v1/invoices/<uuid:invoice_id>/replacements",
    description="发票换开 Invoices made out anew",
)


@blp.route("", methods=["GET"])
@requires(Permission.INVOICE_READ)
@blp.response(200, ReplacementListSchema)
def list_invoice_replacements(invoice_id: uuid.UUID) -> dict[str, Sequence[InvoiceReplacement]]:
    """List what was wished of an invoice."""
    seen = invoice_queries.seen_by(current_actor())
    return {"items": queries.list_wishes(invoice_queries.get_invoice(invoice_id, seen))}


@blp.route("", methods=["POST"])
@requires(Permission.INVOICE_REQUEST)
@idempotent
@blp.arguments(AskReplacementSchema)
@blp.response(201, ReplacementSchema)
def ask_for_replacement(command: dict[str, Any], invoice_id: uuid.UUID) -> InvoiceReplacement:
    """Ask, as the buyer, for another title or type; the seller answers."""
    with transaction():
        return service.ask(current_actor(), invoice_id, **command)


@blp.route("/withdraw", methods=["POST"])
@requires(Permission.INVOICE_REQUEST)
@blp.response(200, ReplacementSchema)
def withdraw_replacement(invoice_id: uuid.UUID) -> InvoiceReplacement:
    """Take the wish back before it is answered."""
    with transaction():
        return service.withdraw(current_actor(), invoice_id)


@blp.route("/decline", methods=["POST"])
@requires(Permission.INVOICE_ISSUE)
@blp.arguments(ReasonSchema)
@blp.response(200, ReplacementSchema)
def decline_replacement(command: dict[str, Any], invoice_id: uuid.UUID) -> InvoiceReplacement:
    """Decline the wish as the seller, saying why."""
    with transaction():
        return service.decline(current_actor(), invoice_id, **command)


@blp.route("/agree", methods=["POST"])
@requires(Permission.INVOICE_ISSUE)
@idempotent
@blp.response(201, InvoiceReceiptSchema)
def agree_to_replacement(invoice_id: uuid.UUID) -> Invoice:
    """Agree as the seller: the answer is the red invoice to be issued; the new request follows it."""
    with transaction():
        return service.agree(current_actor(), invoice_id)
