"""The buyer's pages of invoices: ask for one, a unit's month, all of mine, take the file."""

from __future__ import annotations

import re
import uuid
from typing import Any

from flask import redirect, request
from werkzeug.wrappers import Response

from marketplace import clock, forms, layout
from marketplace.cursors import paginate
from marketplace.database import transaction
from marketplace.errors import Conflict, NotFound, Problem, Unprocessable
from marketplace.http import attached, requires
from marketplace.identity.actor import Actor, ScopeKind, current_actor
from marketplace.language import Text
from marketplace.pages import PageBlueprint, render
from marketplace.permissions import Permission
from orders.invoice_replacements.wording import replacing_view
from orders.invoice_titles import queries as title_queries
from orders.invoice_titles.service import SeenTitle, see
from orders.invoices import files, issuing, queries, service, showing
from orders.invoices.queries import InvoiceFilter
from orders.invoices.schemas import MONTH, RequestMonthSchema, WishSchema
from orders.invoices.states import InvoiceKind, InvoiceState, InvoiceType
from orders.invoices.wording import invoice_view
from orders.trades.models import Order
from orders.trades.queries import Standing, get_order, standing_of
from partners.buying_units.queries import list_active_units

blueprint = PageBlueprint("invoices_pages", __name__)

HOME = "/invoices"
PAGE = 20
# Those who buy for a unit come here monthly; shoppers find it under their account.
layout.add_workplace(
    26, Text("单位发票", "Unit invoices"), HOME, "orders", Permission.INVOICE_REQUEST
)

_TABS: dict[str, tuple[Text, InvoiceFilter]] = {
    "": (Text("全部", "All"), InvoiceFilter()),
    "requested": (
        Text("已申请", "Requested"),
        InvoiceFilter(kind=InvoiceKind.BLUE, states=[InvoiceState.REQUESTED]),
    ),
    "issued": (
        Text("已开具", "Issued"),
        InvoiceFilter(kind=InvoiceKind.BLUE, states=[InvoiceState.ISSUED, InvoiceState.REVERSED]),
    ),
    "red": (Text("红字", "Red"), InvoiceFilter(kind=InvoiceKind.RED)),
}


@blueprint.get(HOME)
@requires(Permission.INVOICE_REQUEST)
def show_my_invoices() -> Response:
    """List what the reader, or a unit the reader buys for, has asked for."""
    actor = current_actor()
    tab = request.args.get("tab", "")
    tab = tab if tab in _TABS else ""
    found = queries.narrow(queries.bought_by(actor), _TABS[tab][1])
    page = paginate(found, queries.INVOICE_ORDER, PAGE, request.args.get("after"))
    shown = showing.show_invoices(actor, page.items)
    return render(
        "invoices/invoices.html",
        tabs=[
            {"href": f"{HOME}?tab={name}" if name else HOME, "label": label,
             "is_chosen": name == tab}
            for name, (label, _) in _TABS.items()
        ],
        invoices=[invoice_view(one, HOME) for one in shown],
        has_units=bool(actor.scopes(Permission.INVOICE_REQUEST, ScopeKind.BUYING_UNIT)),
        next_url=f"{HOME}?tab={tab}&after={page.next}" if page.next else None,
    )  # fmt: skip


@blueprint.get(f"{HOME}/<uuid:invoice_id>")
@requires(Permission.INVOICE_READ)
def show_my_invoice(invoice_id: uuid.UUID) -> Response:
    """Show one invoice with its lines, and the red ones that belong to it."""
    actor = current_actor()
    invoice = queries.get_invoice(invoice_id, queries.followed_by(actor))
    shown = showing.show_invoice(actor, invoice)
    reds = showing.show_invoices(actor, queries.list_reds(invoice))
    return render(
        "invoices/invoice.html",
        invoice=invoice_view(shown, HOME),
        replacing=replacing_view(shown, HOME),
        reds=[invoice_view(one, HOME) for one in reds],
    )


@blueprint.post(f"{HOME}/<uuid:invoice_id>/cancel")
@requires(Permission.INVOICE_REQUEST)
def cancel_my_request(invoice_id: uuid.UUID) -> Response:
    """Take a request back."""
    try:
        with transaction():
            service.cancel_request(current_actor(), invoice_id)
    except Conflict as problem:
        layout.tell(problem.title, "bad")
    else:
        layout.tell(Text("申请已撤回，可以重新申请", "Taken back; you may ask again"))
    return redirect(f"{HOME}/{invoice_id}", 303)


@blueprint.get(f"{HOME}/<uuid:invoice_id>/file")
@requires(Permission.INVOICE_READ)
def take_invoice(invoice_id: uuid.UUID) -> Response:
    """Take the file of an issued invoice."""
    invoice = queries.get_invoice(invoice_id, queries.followed_by(current_actor()))
    data, content_type = issuing.read_file_of(invoice)
    return attached(data, content_type, f"{invoice.number}.{files.SUFFIXES[content_type]}")


@blueprint.get("/orders/<uuid:order_id>/invoice")
@requires(Permission.INVOICE_REQUEST)
def show_request_form(order_id: uuid.UUID) -> Response:
    """Show the form in which a buyer asks for the invoice of an order."""
    return _form(_bought(order_id), {}, {})


@blueprint.post("/orders/<uuid:order_id>/invoice")
@requires(Permission.INVOICE_REQUEST)
def ask_for_invoice(order_id: uuid.UUID) -> Response:
    """Ask for the invoice of an order."""
    order = _bought(order_id)
    entered = forms.load(WishSchema(), request.form)
    if entered.errors:
        return _form(order, entered.raw, entered.errors)
    try:
        with transaction():
            service.request_invoice(current_actor(), order_ids=[order.id], **entered.values)
    except (Conflict, Unprocessable, NotFound) as problem:
        return _form(order, entered.raw, forms.refused(problem), problem)
    layout.tell(
        Text("已申请，合作社开好后可在这里下载", "Sent; the file is here once it is issued"),
        "waiting",
    )
    return redirect(f"/orders/{order_id}", 303)


def _bought(order_id: uuid.UUID) -> Order:
    actor = current_actor()
    order = get_order(actor, order_id)
    if standing_of(actor, order) is not Standing.BUYER:
        raise NotFound
    return order


def _titles(actor: Actor, unit_id: uuid.UUID | None) -> list[SeenTitle]:
    """Return the titles to choose from: for a unit's orders the unit's own book first."""
    seen = see(title_queries.list_titles(actor))
    return sorted(seen, key=lambda one: one.row.buying_unit_id != unit_id)


def choices(actor: Actor, unit_id: uuid.UUID | None, raw: dict[str, str]) -> dict[str, Any]:
    """Return what a form that asks for an invoice offers: titles and types."""
    titles = _titles(actor, unit_id)
    chosen = raw.get("title_id") or (str(titles[0].row.id) if titles else "")
    here = request.full_path.rstrip("?") if request.method == "GET" else request.path
    unit = f"unit={unit_id}&" if unit_id else ""
    return {
        "titles": titles,
        "chosen": chosen,
        "types": [(kind, kind.label) for kind in InvoiceType],
        "new_title_url": f"/invoice-titles/new?{unit}next={here}",
    }


def _form(
    order: Order, raw: dict[str, str], errors: dict[str, str], problem: Problem | None = None
) -> Response:
    shown = showing.show_invoicing(order)
    return render(
        "invoices/ask.html",
        422 if errors or problem else 200,
        order=order,
        lines=shown.open_lines,
        amount_fen=shown.open_fen,
        form=raw,
        errors=errors,
        problem_here=problem,
        **choices(current_actor(), order.buying_unit_id, raw),
    )


@blueprint.get(f"{HOME}/monthly")
@requires(Permission.INVOICE_REQUEST)
def show_month() -> Response:
    """Show what a unit bought in a month, per cooperative, to ask for one invoice each."""
    return _month(request.args.to_dict(), {})


@blueprint.post(f"{HOME}/monthly")
@requires(Permission.INVOICE_REQUEST)
def ask_for_month() -> Response:
    """Ask one cooperative for one invoice of a unit's month."""
    actor = current_actor()
    entered = forms.load(RequestMonthSchema(), request.form)
    units = actor.scopes(Permission.INVOICE_REQUEST, ScopeKind.BUYING_UNIT)
    if entered.errors:
        return _month(entered.raw, entered.errors)
    if entered.values["buying_unit_id"] not in units:
        raise NotFound
    try:
        with transaction():
            invoice_id = service.request_month(actor, **entered.values).id
    except (Conflict, Unprocessable, NotFound) as problem:
        return _month(entered.raw, forms.refused(problem), problem)
    layout.tell(Text("已合并申请", "Asked for in one invoice"), "waiting")
    return redirect(f"{HOME}/{invoice_id}", 303)


def _month(raw: dict[str, str], errors: dict[str, str], problem: Problem | None = None) -> Response:
    actor = current_actor()
    units = list_active_units(actor.scopes(Permission.INVOICE_REQUEST, ScopeKind.BUYING_UNIT))
    wanted = raw.get("buying_unit_id", "")
    unit = next((one for one in units if str(one.id) == wanted), units[0] if units else None)
    open_months = queries.list_open_months(unit.id) if unit else []
    month = raw.get("month", "")
    if not re.match(MONTH, month):
        month = open_months[0] if open_months else f"{clock.today():%Y-%m}"
    return render(
        "invoices/monthly.html",
        422 if errors or problem else 200,
        units=[(str(one.id), one.name) for one in units],
        unit=unit,
        month=month,
        open_months=open_months[:12],
        sellers=showing.list_open_months(unit.id, month) if unit else [],
        form=raw,
        errors=errors,
        problem_here=problem,
        **choices(actor, unit.id if unit else None, raw),
    )
