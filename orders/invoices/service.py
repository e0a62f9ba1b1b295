"""Asking for an invoice, taking the request back, declining it. Every step locks the orders first."""

import uuid
from collections.abc import Collection, Sequence
from datetime import date, datetime, timedelta

from flask import current_app

from marketplace import audit, clock
from marketplace.database import db
from marketplace.identity.actor import Actor
from marketplace.ids import new_id, new_number
from marketplace.outbox.kinds import EventKind
from marketplace.outbox.service import announce
from marketplace.permissions import Permission
from orders.invoice_titles import queries as title_queries
from orders.invoice_titles.details import TitleDetails
from orders.invoices import queries, remaining
from orders.invoices.errors import (
    InvoiceStateForbids,
    NothingToInvoice,
    OrderNotInvoiceable,
    OrdersNotTogether,
    TitleUnfitForSpecial,
    TooManyInvoiceLines,
)
from orders.invoices.models import Invoice, InvoiceLine
from orders.invoices.remaining import Kept
from orders.invoices.states import InvoiceKind, InvoiceState, InvoiceType
from orders.trades import queries as trade_queries
from orders.trades.models import Order

MAX_LINES = 300


def due_at(now: datetime) -> datetime:
    """Return until when the seller has to issue what is asked for now."""
    days: int = current_app.config["SETTINGS"].invoice_due_days
    return now + timedelta(days=days)


def request_invoice(
    actor: Actor,
    *,
    order_ids: Collection[uuid.UUID],
    title_id: uuid.UUID,
    invoice_type: InvoiceType = InvoiceType.ORDINARY,
    note: str | None = None,
    month: str | None = None,
) -> Invoice:
    """Ask for an invoice of what was paid and kept of an order, or of several of one unit.

    Lines that stand on a live invoice already stay out of it. Raises OrderNotFound,
    InvoiceTitleNotFound, OrdersNotTogether, OrderNotInvoiceable, NothingToInvoice,
    TitleUnfitForSpecial, TooManyInvoiceLines.
    """
    title = TitleDetails.unseal(title_queries.get_title(actor, title_id).sealed)
    if invoice_type is InvoiceType.SPECIAL and not title.is_fit_for_special:
        raise TitleUnfitForSpecial
    orders = queries.lock_orders(
        order_ids, trade_queries.bought_by(actor, Permission.INVOICE_REQUEST)
    )
    _require_together(orders)
    lines = remaining.list_uninvoiced(orders)
    if not lines:
        raise NothingToInvoice
    if len(lines) > MAX_LINES:
        raise TooManyInvoiceLines
    invoice = new_request(actor.account_id, orders[0], title)
    invoice.invoice_type, invoice.note, invoice.month = invoice_type, note, month
    db.session.add(invoice)
    add_lines(invoice, lines)
    db.session.flush()
    audit.record(
        "invoice.requested", "invoice", invoice.id, actor=actor,
        after={"orders": [str(order.id) for order in orders], "amount_fen": invoice.amount_fen,
               "type": str(invoice_type)},
    )  # fmt: skip
    tell(EventKind.INVOICE_REQUESTED, invoice)
    return invoice


def _require_together(orders: Sequence[Order]) -> None:
    sellers = {order.cooperative_id for order in orders}
    units = {order.buying_unit_id for order in orders}
    if len(sellers) > 1 or len(units) > 1 or (len(orders) > 1 and None in units):
        raise OrdersNotTogether
    if not all(remaining.is_invoiceable(order) for order in orders):
        raise OrderNotInvoiceable


def new_request(account_id: uuid.UUID, order: Order, title: TitleDetails) -> Invoice:
    """Return a request in an account's name, still without lines; the caller adds it and them."""
    now = clock.now()
    return Invoice(
        id=new_id(),
        cooperative_id=order.cooperative_id,
        cooperative_name=order.cooperative_name,
        account_id=account_id,
        buying_unit_id=order.buying_unit_id,
        buying_unit_name=order.buying_unit_name,
        request_no=new_number("FP"),
        kind=InvoiceKind.BLUE,
        state=InvoiceState.REQUESTED,
        title_sealed=title.seal(),
        amount_fen=0,
        requested_at=now,
        due_at=due_at(now),
    )


def add_lines(invoice: Invoice, lines: Sequence[Kept]) -> None:
    """Put what was kept on an invoice, as it is to be printed."""
    # The invoice's row stands before its lines point at it.
    db.session.flush()
    for position, kept in enumerate(lines, start=1):
        db.session.add(
            InvoiceLine(
                id=new_id(),
                cooperative_id=invoice.cooperative_id,
                invoice_id=invoice.id,
                order_id=kept.order_id,
                order_line_id=kept.order_line_id,
                product_id=kept.product_id,
                position=position,
                name=kept.name,
                spec=kept.spec,
                unit=kept.unit,
                quantity=kept.quantity,
                price_fen=kept.price_fen,
                amount_fen=kept.amount_fen,
                is_live=True,
            )
        )
    invoice.amount_fen = sum(kept.amount_fen for kept in lines)


def request_month(
    actor: Actor,
    *,
    buying_unit_id: uuid.UUID,
    cooperative_id: uuid.UUID,
    month: str,
    title_id: uuid.UUID,
    invoice_type: InvoiceType = InvoiceType.ORDINARY,
    note: str | None = None,
) -> Invoice:
    """Ask one cooperative for one invoice of what a unit bought of it in a month (2026-03).

    Raises what ``request_invoice`` raises; NothingToInvoice also where nothing was bought.
    """
    orders = [
        order
        for order in queries.list_unit_orders(buying_unit_id, *month_of(month))
        if order.cooperative_id == cooperative_id and remaining.is_invoiceable(order)
    ]
    open_ids = {kept.order_id for kept in remaining.list_uninvoiced(orders)} if orders else set()
    if not open_ids:
        raise NothingToInvoice
    return request_invoice(
        actor,
        order_ids=open_ids,
        title_id=title_id,
        invoice_type=invoice_type,
        note=note,
        month=month,
    )


def month_of(month: str) -> tuple[date, date]:
    """Return a month as a half-open period of days."""
    year, number = (int(part) for part in month.split("-"))
    following = date(year + number // 12, number % 12 + 1, 1)
    return date(year, number, 1), following


def cancel_request(actor: Actor, invoice_id: uuid.UUID) -> Invoice:
    """Take a request back as the buyer, before it is issued; its lines may be asked for again."""
    invoice = queries.lock_invoice(invoice_id, queries.bought_by(actor))
    _require_request(invoice)
    close_request(invoice, InvoiceState.CANCELLED)
    audit.record("invoice.cancelled", "invoice", invoice.id, actor=actor)
    return invoice


def decline_request(actor: Actor, invoice_id: uuid.UUID, *, reason: str) -> Invoice:
    """Decline a request as the seller, saying why; the buyer may ask again otherwise."""
    invoice = queries.lock_invoice(invoice_id, queries.sold_by(actor))
    _require_request(invoice)
    invoice.answer = reason
    close_request(invoice, InvoiceState.DECLINED)
    audit.record("invoice.declined", "invoice", invoice.id, actor=actor)
    tell(EventKind.INVOICE_DECLINED, invoice)
    return invoice


def _require_request(invoice: Invoice) -> None:
    if invoice.kind is not InvoiceKind.BLUE or invoice.state is not InvoiceState.REQUESTED:
        raise InvoiceStateForbids


def close_request(invoice: Invoice, state: InvoiceState) -> None:
    """End a request that nothing was issued for (the invoice is locked); its lines are free."""
    invoice.state = state
    invoice.closed_at = clock.now()
    invoice.file_type = invoice.file_digest = None
    invoice.file_bytes = None
    release_lines(invoice)


def release_lines(invoice: Invoice) -> None:
    """Let an invoice's lines be invoiced again, as far as they are paid and kept."""
    for line in queries.list_lines([invoice.id]):
        line.is_live = False
    db.session.flush()


def tell(kind: EventKind, invoice: Invoice) -> None:
    """Announce a step of an invoice."""
    announce(
        kind,
        subject_id=invoice.id,
        account_id=invoice.account_id,
        cooperative_id=invoice.cooperative_id,
        buying_unit_id=invoice.buying_unit_id,
        facts={
            "state": invoice.state,
            "kind": invoice.kind,
            "amount_fen": invoice.amount_fen,
            "number": invoice.number,
        },
    )
