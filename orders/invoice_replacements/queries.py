"""Selects on wishes for new invoices; who may see the invoice may see what was wished of it."""

import uuid
from collections.abc import Collection, Sequence

from sqlalchemy import ColumnElement, func, select

from marketplace.database import db
from orders.invoice_replacements.errors import NoReplacementAsked
from orders.invoice_replacements.models import OPEN, InvoiceReplacement, ReplacementState
from orders.invoices.models import Invoice


def find_open(invoice: Invoice) -> InvoiceReplacement | None:
    """Return an invoice's open wish, fresh, or None; the caller holds the invoice."""
    wish = InvoiceReplacement
    return db.session.scalar(
        select(wish)
        .where(
            wish.cooperative_id == invoice.cooperative_id,
            wish.invoice_id == invoice.id,
            wish.state.in_(OPEN),
        )
        .execution_options(populate_existing=True)
    )


def get_open(invoice: Invoice) -> InvoiceReplacement:
    """Return an invoice's open wish; raises NoReplacementAsked."""
    wish = find_open(invoice)
    if wish is None:
        raise NoReplacementAsked
    return wish


def list_wishes(invoice: Invoice) -> Sequence[InvoiceReplacement]:
    """Return the wishes for an invoice, newest first."""
    wish = InvoiceReplacement
    return db.session.scalars(
        select(wish)
        .where(wish.cooperative_id == invoice.cooperative_id, wish.invoice_id == invoice.id)
        .order_by(wish.id.desc())
    ).all()


def find_origin(successor: Invoice) -> Invoice | None:
    """Return the invoice that a request replaces, or None."""
    wish = InvoiceReplacement
    return db.session.scalar(
        select(Invoice)
        .join(
            wish,
            (wish.cooperative_id == Invoice.cooperative_id) & (wish.invoice_id == Invoice.id),
        )
        .where(wish.cooperative_id == successor.cooperative_id, wish.successor_id == successor.id)
    )


def find_successors(invoice_ids: Collection[uuid.UUID]) -> dict[uuid.UUID, uuid.UUID]:
    """Return per replaced invoice the request in its place; who asks has checked the invoices."""
    if not invoice_ids:
        return {}
    wish = InvoiceReplacement
    rows = db.session.execute(
        select(wish.invoice_id, wish.successor_id).where(
            wish.invoice_id.in_(invoice_ids), wish.successor_id.is_not(None)
        )
    )
    return {row.invoice_id: row.successor_id for row in rows}


def wished() -> ColumnElement[bool]:
    """Return the condition "its buyer waits for an answer to a wish" on an invoice."""
    wish = InvoiceReplacement
    return (
        select(wish.id)
        .where(
            wish.cooperative_id == Invoice.cooperative_id,
            wish.invoice_id == Invoice.id,
            wish.state == ReplacementState.ASKED,
        )
        .exists()
    )


def count_asked(cooperative_ids: Collection[uuid.UUID]) -> int:
    """Count the wishes that wait for an answer of cooperatives."""
    wish = InvoiceReplacement
    return (
        db.session.scalar(
            select(func.count()).where(
                wish.cooperative_id.in_(cooperative_ids), wish.state == ReplacementState.ASKED
            )
        )
        or 0
    )
