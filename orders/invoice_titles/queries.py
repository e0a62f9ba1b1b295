"""Selects on invoice titles; each starts from the books that the actor may open."""

import uuid
from collections.abc import Sequence

from marketplace.identity.actor import Actor
from orders.invoice_titles.models import InvoiceTitle
from orders.shared_books import queries as books


def list_titles(actor: Actor) -> Sequence[InvoiceTitle]:
    """Return every title the actor may use: each book's default first, then the newest."""
    return books.list_rows(InvoiceTitle, actor)


def get_title(actor: Actor, title_id: uuid.UUID) -> InvoiceTitle:
    """Return a title the actor may use; raises InvoiceTitleNotFound."""
    return books.get_row(InvoiceTitle, actor, title_id)


def lock_title(actor: Actor, title_id: uuid.UUID) -> InvoiceTitle:
    """Return a title the actor may change, its whole book held; raises InvoiceTitleNotFound."""
    return books.lock_row(InvoiceTitle, actor, title_id)
