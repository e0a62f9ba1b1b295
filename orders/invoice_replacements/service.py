"""Asking for a new invoice in the place of an issued one, and the seller's answer."""

import uuid

from marketplace import audit, clock
from marketplace.database import db
from marketplace.identity.actor import Actor
from marketplace.ids import new_id
from orders.invoice_replacements import queries
from orders.invoice_replacements.errors import (
    ReplacementAskedAlready,
    ReplacementChangesNothing,
    ReplacementStateForbids,
    TitleNotInBook,
)
from orders.invoice_replacements.models import InvoiceReplacement, ReplacementState
from orders.invoice_titles import queries as title_queries
from orders.invoice_titles.details import TitleDetails
from orders.invoice_titles.errors import InvoiceTitleNotFound
from orders.invoices import queries as invoice_queries
from orders.invoices import reversing
from orders.invoices.errors import InvoiceStateForbids, NothingToReverse, TitleUnfitForSpecial
from orders.invoices.models import Invoice
from orders.invoices.states import InvoiceKind, InvoiceState, InvoiceType


def ask(
    actor: Actor,
    invoice_id: uuid.UUID,
    *,
    title_id: uuid.UUID,
    invoice_type: InvoiceType,
    reason: str,
) -> InvoiceReplacement:
    """Ask, as its buyer, for an issued invoice to be made out anew: other title, or other type.

    Raises InvoiceNotFound, TitleNotInBook, TitleUnfitForSpecial, InvoiceStateForbids,
    NothingToReverse, ReplacementAskedAlready, ReplacementChangesNothing.
    """
    blue = invoice_queries.lock_invoice(invoice_id, invoice_queries.bought_by(actor))
    if blue.kind is not InvoiceKind.BLUE or blue.state is not InvoiceState.ISSUED:
        raise InvoiceStateForbids
    if queries.find_open(blue) is not None:
        raise ReplacementAskedAlready
    if not any(line.left_fen for line in invoice_queries.list_lines([blue.id])):
        raise NothingToReverse
    title = _title(actor, title_id, invoice_type)
    if invoice_type is blue.invoice_type and title == blue.title:
        raise ReplacementChangesNothing
    wish = InvoiceReplacement(
        id=new_id(),
        cooperative_id=blue.cooperative_id,
        invoice_id=blue.id,
        account_id=actor.account_id,
        state=ReplacementState.ASKED,
        title_sealed=title.seal(),
        invoice_type=invoice_type,
        reason=reason,
        asked_at=clock.now(),
    )
    db.session.add(wish)
    db.session.flush()
    _note("invoice.replacement_asked", blue, wish, actor)
    return wish


def _title(actor: Actor, title_id: uuid.UUID, invoice_type: InvoiceType) -> TitleDetails:
    try:
        title = TitleDetails.unseal(title_queries.get_title(actor, title_id).sealed)
    except InvoiceTitleNotFound:
        raise TitleNotInBook from None
    if invoice_type is InvoiceType.SPECIAL and not title.is_fit_for_special:
        raise TitleUnfitForSpecial
    return title


def withdraw(actor: Actor, invoice_id: uuid.UUID) -> InvoiceReplacement:
    """Take a wish back as the buyer, before it is answered."""
    blue = invoice_queries.lock_invoice(invoice_id, invoice_queries.bought_by(actor))
    wish = _asked(blue)
    _close(wish, ReplacementState.WITHDRAWN)
    _note("invoice.replacement_withdrawn", blue, wish, actor)
    return wish


def decline(actor: Actor, invoice_id: uuid.UUID, *, reason: str) -> InvoiceReplacement:
    """Decline a wish as the seller, saying why; the invoice stands."""
    blue = invoice_queries.lock_invoice(invoice_id, invoice_queries.sold_by(actor))
    wish = _asked(blue)
    wish.answer, wish.answered_by = reason, actor.account_id
    _close(wish, ReplacementState.DECLINED)
    _note("invoice.replacement_declined", blue, wish, actor)
    return wish


def agree(actor: Actor, invoice_id: uuid.UUID) -> Invoice:
    """Agree to a wish as the seller: returns the red invoice that is to be issued first.

    Raises NoReplacementAsked, ReplacementStateForbids, NothingToReverse.
    """
    blue = invoice_queries.lock_invoice(invoice_id, invoice_queries.sold_by(actor))
    wish = _asked(blue)
    red = reversing.reverse_invoice(actor, invoice_id, reason=wish.reason)
    wish.state = ReplacementState.AGREED
    wish.answered_by = actor.account_id
    db.session.flush()
    _note("invoice.replacement_agreed", blue, wish, actor)
    return red


def _asked(blue: Invoice) -> InvoiceReplacement:
    wish = queries.get_open(blue)
    if wish.state is not ReplacementState.ASKED:
        raise ReplacementStateForbids
    return wish


def _close(wish: InvoiceReplacement, state: ReplacementState) -> None:
    wish.state = state
    wish.closed_at = clock.now()
    db.session.flush()


def _note(action: str, blue: Invoice, wish: InvoiceReplacement, actor: Actor) -> None:
    audit.record(
        action, "invoice", blue.id, actor=actor,
        after={"replacement_id": str(wish.id), "type": str(wish.invoice_type)},
    )  # fmt: skip
