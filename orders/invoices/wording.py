"""Invoices in words and tones, for the pages of both sides."""

from __future__ import annotations

from typing import Any

from orders.invoices.models import InvoiceLine
from orders.invoices.showing import ShownInvoice, ShownInvoicing, state_label
from orders.invoices.states import InvoiceKind, InvoiceState, OrderInvoicing, TaxTreatment

TONES = {
    InvoiceState.REQUESTED: "pending",
    InvoiceState.ISSUED: "confirmed",
    InvoiceState.REVERSED: "attention",
    InvoiceState.CANCELLED: "",
    InvoiceState.DECLINED: "attention",
}
_ORDER_TONES = {
    OrderInvoicing.NONE: "",
    OrderInvoicing.REQUESTED: "pending",
    OrderInvoicing.ISSUED: "confirmed",
    OrderInvoicing.REVERSED: "attention",
}


def invoice_view(shown: ShownInvoice, home: str) -> dict[str, Any]:
    """Return an invoice as pages show it; ``home`` is where its reader's invoices stand."""
    invoice = shown.invoice
    return {
        "it": invoice,
        "href": f"{home}/{invoice.id}",
        "kind_label": str(invoice.kind.label),
        "type_label": str(invoice.invoice_type.label),
        "state_label": shown.state_title,
        "successor_href": f"{home}/{shown.successor_id}" if shown.successor_id else None,
        "tone": "attention" if shown.is_overdue else TONES[invoice.state],
        "is_overdue": shown.is_overdue,
        "is_red": invoice.kind is InvoiceKind.RED,
        "title": shown.title,
        "reversed_fen": shown.reversed_fen,
        "actions": shown.actions,
        "lines": [
            {"it": one.line, "order_no": one.order_no, "unit_price": one.unit_price,
             "tax": tax_label(one.line)}
            for one in shown.printed_lines
        ],
        "order_count": len({line.order_id for line in shown.lines}),
    }  # fmt: skip


def tax_label(line: InvoiceLine) -> str:
    """Return how a line is declared: 免税, 9%."""
    if line.tax_treatment is None:
        return "—"
    if line.tax_treatment is TaxTreatment.EXEMPT:
        return str(line.tax_treatment.label)
    return percent(line.tax_rate_bp or 0)


def percent(rate_bp: int) -> str:
    """Return a rate as people write it: 9%, 0.5%."""
    return f"{rate_bp / 100:g}%"


def invoicing_view(shown: ShownInvoicing, home: str, ask_href: str | None) -> dict[str, Any] | None:
    """Return what the invoices of an order come to, for the order's page.

    None where there is none and nothing is left that one could be asked for.
    """
    if not shown.invoices and not shown.open_fen:
        return None
    return {
        "label": str(shown.standing.label),
        "tone": _ORDER_TONES[shown.standing],
        "open_fen": shown.open_fen,
        "ask_href": ask_href if shown.open_fen else None,
        "invoices": [
            {"href": f"{home}/{one.id}", "kind_label": str(one.kind.label), "it": one,
             "state_label": str(state_label(one, shown.successors.get(one.id))), "tone": TONES[one.state]}
            for one in shown.invoices
        ],
    }  # fmt: skip
