"""Wishes in words and tones, for the invoice's page of either side."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from orders.invoice_replacements import queries
from orders.invoice_replacements.models import OPEN, InvoiceReplacement, ReplacementState
from orders.invoices.showing import ShownInvoice
from orders.invoices.states import InvoiceKind, InvoiceState

_TONES = {
    ReplacementState.ASKED: "pending",
    ReplacementState.AGREED: "pending",
    ReplacementState.DECLINED: "attention",
    ReplacementState.DONE: "confirmed",
}


def replacing_view(shown: ShownInvoice, home: str) -> dict[str, Any]:
    """Return what was wished of an invoice, what it replaces, and what its reader may do now."""
    invoice = shown.invoice
    wishes = queries.list_wishes(invoice) if invoice.kind is InvoiceKind.BLUE else ()
    origin = queries.find_origin(invoice)
    is_asked = any(one.state is ReplacementState.ASKED for one in wishes)
    return {
        "wishes": [_wish_view(one, home) for one in wishes],
        "origin_href": f"{home}/{origin.id}" if origin is not None else None,
        "may_ask": shown.is_buyers and _is_replaceable(shown, wishes),
        "may_withdraw": shown.is_buyers and is_asked,
        "may_answer": shown.is_sellers and is_asked and invoice.state is InvoiceState.ISSUED,
    }


def _is_replaceable(shown: ShownInvoice, wishes: Sequence[InvoiceReplacement]) -> bool:
    invoice = shown.invoice
    is_standing = (
        invoice.kind is InvoiceKind.BLUE
        and invoice.state is InvoiceState.ISSUED
        and shown.reversed_fen < invoice.amount_fen
    )
    return is_standing and not any(one.state in OPEN for one in wishes)


def _wish_view(wish: InvoiceReplacement, home: str) -> dict[str, Any]:
    return {
        "it": wish,
        "label": str(wish.state.label),
        "tone": _TONES.get(wish.state, ""),
        "title": wish.title,
        "type_label": str(wish.invoice_type.label),
        "successor_href": f"{home}/{wish.successor_id}" if wish.successor_id else None,
    }
