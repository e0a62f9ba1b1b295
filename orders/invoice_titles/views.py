"""The API of invoice titles."""

import uuid
from typing import Any

from marketplace.cursors import Page, paginate
from marketplace.database import transaction
from marketplace.http import (
    ApiBlueprint,
    ListQuerySchema,
    check_if_match,
    etag_of,
    idempotent,
    requires,
)
from marketplace.identity.actor import current_actor
from marketplace.permissions import Permission
from orders.invoice_titles import queries, service
from orders.invoice_titles.models import InvoiceTitle
from orders.invoice_titles.schemas import (
    AddTitleSchema,
    InvoiceTitlePageSchema,
    InvoiceTitleSchema,
    TitleDetailsSchema,
    TitleReceiptSchema,
    details_of,
)
from orders.invoice_titles.service import SeenTitle
from orders.shared_books.queries import select_rows

blp = ApiBlueprint(
    "invoice_titles",
    __name__,
    url_prefix="/api/v1/invoice-titles",
    description="发票抬头 Invoice titles",
)


@blp.route("", methods=["GET"])
@requires(Permission.INVOICE_REQUEST)
@blp.arguments(ListQuerySchema, location="query")
@blp.response(200, InvoiceTitlePageSchema)
def list_invoice_titles(query: dict[str, Any]) -> Page[SeenTitle]:
    """List the caller's own titles and those shared by the units the caller buys for."""
    statement = select_rows(InvoiceTitle, current_actor())
    page = paginate(statement, [(InvoiceTitle.id, "desc")], **query)
    return Page(service.see(page.items), page.next)


@blp.route("", methods=["POST"])
@requires(Permission.INVOICE_REQUEST)
@idempotent
@blp.arguments(AddTitleSchema)
@blp.response(201, TitleReceiptSchema)
def add_invoice_title(command: dict[str, Any]) -> InvoiceTitle:
    """Write a title into the own book, or into a unit's; the first is the default."""
    details = details_of(command)
    with transaction():
        return service.add_title(current_actor(), details, **command)


@blp.route("/<uuid:title_id>", methods=["GET"])
@requires(Permission.INVOICE_REQUEST)
@blp.response(200, InvoiceTitleSchema)
def get_invoice_title(title_id: uuid.UUID) -> tuple[SeenTitle, int, dict[str, str]]:
    """Show one title."""
    row = queries.get_title(current_actor(), title_id)
    return service.see([row])[0], 200, {"ETag": etag_of(row.version)}


@blp.route("/<uuid:title_id>", methods=["PUT"])
@requires(Permission.INVOICE_REQUEST)
@blp.arguments(TitleDetailsSchema)
@blp.response(200, InvoiceTitleSchema)
def change_invoice_title(command: dict[str, Any], title_id: uuid.UUID) -> SeenTitle:
    """Change a title; If-Match as read, because a unit's clerks share theirs."""
    actor, details = current_actor(), details_of(command)
    with transaction():
        title = queries.lock_title(actor, title_id)
        check_if_match(title.version)
        return service.see([service.change_title(actor, title, details)])[0]


@blp.route("/<uuid:title_id>", methods=["DELETE"])
@requires(Permission.INVOICE_REQUEST)
@blp.response(204)
def remove_invoice_title(title_id: uuid.UUID) -> None:
    """Delete a title; invoices keep the one they were made out to."""
    with transaction():
        service.remove_title(current_actor(), title_id)


@blp.route("/<uuid:title_id>/default", methods=["POST"])
@requires(Permission.INVOICE_REQUEST)
@blp.response(200, TitleReceiptSchema)
def make_default_invoice_title(title_id: uuid.UUID) -> InvoiceTitle:
    """Let a title be the one that its book proposes first."""
    with transaction():
        return service.make_default(current_actor(), title_id)
