"""The API of invoices."""

import uuid
from typing import Any

from flask import Response

from marketplace import clock
from marketplace.cursors import paginate
from marketplace.database import transaction
from marketplace.http import FILE, ApiBlueprint, attached, idempotent, requires
from marketplace.identity.actor import current_actor
from marketplace.permissions import Permission
from orders.invoices import files, issuing, queries, reversing, service, showing
from orders.invoices.errors import InvoiceFileUnreadable
from orders.invoices.issuing import Issued, LineTax
from orders.invoices.models import Invoice
from orders.invoices.queries import InvoiceFilter
from orders.invoices.schemas import (
    InvoiceFileSchema,
    InvoicePageSchema,
    InvoiceQuerySchema,
    InvoiceReceiptSchema,
    InvoiceSchema,
    IssueInvoiceSchema,
    MonthQuerySchema,
    OpenMonthListSchema,
    OrderInvoicingSchema,
    ReasonSchema,
    RequestInvoiceSchema,
    RequestMonthSchema,
)
from orders.invoices.showing import ShownInvoice, ShownInvoicing
from partners.buying_units.queries import get_buying_unit
from partners.buying_units.queries import manageable_by as units_of

blp = ApiBlueprint("invoices", __name__, url_prefix="/api/v1", description="发票 Invoices")


@blp.route("/invoices", methods=["GET"])
@requires(Permission.INVOICE_READ)
@blp.arguments(InvoiceQuerySchema, location="query")
@blp.response(200, InvoicePageSchema)
def list_invoices(query: dict[str, Any]) -> dict[str, Any]:
    """List invoices as buyer or seller, newest first; what is to be issued, first due first."""
    actor, now = current_actor(), clock.now()
    conditions = {"buyer": queries.bought_by, "seller": queries.sold_by, "all": queries.seen_by}
    seen = conditions[query["standing"]](actor)
    state = query["state"]
    wanted = InvoiceFilter(
        kind=query["kind"],
        states=None if state is None else [state],
        buying_unit_id=query["buying_unit_id"],
        cooperative_id=query["cooperative_id"],
        overdue_at=now if query["overdue"] else None,
    )
    keys = queries.DUE_ORDER if query["overdue"] else queries.INVOICE_ORDER
    page = paginate(queries.narrow(seen, wanted), keys, query["limit"], query["after"])
    return {
        "items": showing.show_invoices(actor, page.items),
        "next": page.next,
        "open": queries.count_open(seen, now),
    }


@blp.route("/invoices", methods=["POST"])
@requires(Permission.INVOICE_REQUEST)
@idempotent
@blp.arguments(RequestInvoiceSchema)
@blp.response(201, InvoiceReceiptSchema)
def request_invoice(command: dict[str, Any]) -> Invoice:
    """Ask for an invoice of what was paid and kept, as far as no invoice has it."""
    with transaction():
        return service.request_invoice(current_actor(), **command)


@blp.route("/invoices/months", methods=["GET"])
@requires(Permission.INVOICE_REQUEST)
@blp.arguments(MonthQuerySchema, location="query")
@blp.response(200, OpenMonthListSchema)
def list_open_months(query: dict[str, Any]) -> dict[str, Any]:
    """List what a unit bought in a month and has no invoice of, per cooperative."""
    get_buying_unit(query["buying_unit_id"], units_of(current_actor()))
    return {"items": showing.list_open_months(**query)}


@blp.route("/invoices/months", methods=["POST"])
@requires(Permission.INVOICE_REQUEST)
@idempotent
@blp.arguments(RequestMonthSchema)
@blp.response(201, InvoiceReceiptSchema)
def request_monthly_invoice(command: dict[str, Any]) -> Invoice:
    """Ask one cooperative for one invoice of a unit's month."""
    actor = current_actor()
    get_buying_unit(command["buying_unit_id"], units_of(actor))
    with transaction():
        return service.request_month(actor, **command)


@blp.route("/invoices/<uuid:invoice_id>", methods=["GET"])
@requires(Permission.INVOICE_READ)
@blp.response(200, InvoiceSchema)
def get_invoice(invoice_id: uuid.UUID) -> ShownInvoice:
    """Show an invoice."""
    actor = current_actor()
    return showing.show_invoice(actor, queries.get_invoice(invoice_id, queries.seen_by(actor)))


@blp.route("/invoices/<uuid:invoice_id>/cancel", methods=["POST"])
@requires(Permission.INVOICE_REQUEST)
@blp.response(200, InvoiceSchema)
def cancel_invoice_request(invoice_id: uuid.UUID) -> ShownInvoice:
    """Take a request back before it is issued."""
    actor = current_actor()
    with transaction():
        return showing.show_invoice(actor, service.cancel_request(actor, invoice_id))


@blp.route("/invoices/<uuid:invoice_id>/decline", methods=["POST"])
@requires(Permission.INVOICE_ISSUE)
@blp.arguments(ReasonSchema)
@blp.response(200, InvoiceSchema)
def decline_invoice_request(command: dict[str, Any], invoice_id: uuid.UUID) -> ShownInvoice:
    """Decline a request as the cooperative, saying why."""
    actor = current_actor()
    with transaction():
        return showing.show_invoice(actor, service.decline_request(actor, invoice_id, **command))


@blp.route("/invoices/<uuid:invoice_id>/file", methods=["POST"])
@requires(Permission.INVOICE_ISSUE)
@idempotent(steps=True)
@blp.arguments(InvoiceFileSchema, location="files")
@blp.response(200, InvoiceReceiptSchema)
@blp.alt_response(413, description="The file is over 5 MB")
def put_invoice_file(uploads: dict[str, Any], invoice_id: uuid.UUID) -> Invoice:
    """Upload the file that was issued; the buyer can take it once the invoice is issued."""
    actor = current_actor()
    invoice = queries.get_invoice(invoice_id, queries.sold_by(actor))
    if "file" not in uploads:
        raise InvoiceFileUnreadable
    file = files.read_file(uploads["file"].stream.read(files.MAX_BYTES + 1))
    files.keep_file(invoice.cooperative_id, file)
    with transaction():
        return issuing.put_file(actor, invoice_id, file)


@blp.route("/invoices/<uuid:invoice_id>/issue", methods=["POST"])
@requires(Permission.INVOICE_ISSUE)
@idempotent
@blp.arguments(IssueInvoiceSchema)
@blp.response(200, InvoiceReceiptSchema)
def issue_invoice(command: dict[str, Any], invoice_id: uuid.UUID) -> Invoice:
    """Write down what was issued for a request, or for a red invoice that was due."""
    actor = current_actor()
    taxes = [LineTax(**tax) for tax in command.pop("taxes")]
    issued = Issued(issuer=issuing.REGISTER, taxes=taxes, **command)
    with transaction():
        return issuing.book_issued(actor, invoice_id, issued)


@blp.route("/invoices/<uuid:invoice_id>/reverse", methods=["POST"])
@requires(Permission.INVOICE_ISSUE)
@idempotent
@blp.arguments(ReasonSchema)
@blp.response(201, InvoiceReceiptSchema)
def reverse_invoice(command: dict[str, Any], invoice_id: uuid.UUID) -> Invoice:
    """Begin to take a whole invoice back: the answer is the red invoice to be issued."""
    with transaction():
        return reversing.reverse_invoice(current_actor(), invoice_id, **command)


@blp.route("/invoices/<uuid:invoice_id>/file", methods=["GET"])
@requires(Permission.INVOICE_REQUEST)
@blp.response(200, FILE, content_type="application/octet-stream")
def download_invoice(invoice_id: uuid.UUID) -> Response:
    """Take the file of an issued invoice, as its buyer."""
    invoice = queries.get_invoice(invoice_id, queries.bought_by(current_actor()))
    data, content_type = issuing.read_file_of(invoice)
    return attached(data, content_type, f"{invoice.number}.{files.SUFFIXES[content_type]}")


@blp.route("/orders/<uuid:order_id>/invoices", methods=["GET"])
@requires(Permission.INVOICE_READ)
@blp.response(200, OrderInvoicingSchema)
def get_order_invoicing(order_id: uuid.UUID) -> ShownInvoicing:
    """Show what the invoices of an order come to, and what may still be asked for."""
    return showing.show_invoicing(queries.get_order(current_actor(), order_id))
