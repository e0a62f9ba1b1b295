"""Selects on invoices; each read by id starts from what the actor may see."""

import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import ColumnElement, Select, exists, false, func, or_, select, true
from sqlalchemy.dialects.postgresql import distinct_on

from marketplace import clock
from marketplace.cursors import Keys
from marketplace.database import db
from marketplace.identity.actor import Actor, ScopeKind
from marketplace.permissions import Permission
from orders.aftersales.models import AftersalesCase
from orders.invoices.errors import InvoiceNotFound
from orders.invoices.models import Invoice, InvoiceLine
from orders.invoices.states import (
    InvoiceKind,
    InvoiceState,
    OrderInvoicing,
    TaxTreatment,
    standing_of,
)
from orders.trades import queries as trade_queries
from orders.trades.errors import OrderNotFound
from orders.trades.models import Order, OrderLine
from orders.trades.states import REFUNDING, OrderState

INVOICE_ORDER: Keys = [(Invoice.id, "desc")]
DUE_ORDER: Keys = [(Invoice.due_at, "asc"), (Invoice.id, "asc")]


@dataclass(frozen=True, slots=True, kw_only=True)
class InvoiceFilter:
    """What a list of invoices is narrowed to; None leaves a facet open."""

    kind: InvoiceKind | None = None
    states: Collection[InvoiceState] | None = None
    buying_unit_id: uuid.UUID | None = None
    cooperative_id: uuid.UUID | None = None
    overdue_at: datetime | None = None


def bought_by(actor: Actor) -> ColumnElement[bool]:
    """Return the condition "the actor asked for it, or it is a unit's that the actor buys for"."""
    own = Invoice.account_id == actor.account_id
    units = actor.scopes(Permission.INVOICE_REQUEST, ScopeKind.BUYING_UNIT)
    return or_(own, Invoice.buying_unit_id.in_(units)) if units else own


def followed_by(actor: Actor) -> ColumnElement[bool]:
    """Return which invoices the actor reads as their buyer, or as an auditor."""
    return true() if actor.is_platform(Permission.INVOICE_READ) else bought_by(actor)


def sold_by(actor: Actor) -> ColumnElement[bool]:
    """Return the condition "the actor issues it"."""
    cooperatives = actor.scopes(Permission.INVOICE_ISSUE, ScopeKind.COOPERATIVE)
    return Invoice.cooperative_id.in_(cooperatives) if cooperatives else false()


def seen_by(actor: Actor) -> ColumnElement[bool]:
    """Return which invoices the actor may read: the two sides', all for an auditor."""
    if actor.is_platform(Permission.INVOICE_READ):
        return true()
    return or_(bought_by(actor), sold_by(actor))


def narrow(seen: ColumnElement[bool], wanted: InvoiceFilter) -> Select[Invoice]:
    """Select the invoices of a list."""
    statement = select(Invoice).where(seen)
    for column, value in (
        (Invoice.kind, wanted.kind),
        (Invoice.buying_unit_id, wanted.buying_unit_id),
        (Invoice.cooperative_id, wanted.cooperative_id),
    ):
        if value is not None:
            statement = statement.where(column == value)
    if wanted.states is not None:
        statement = statement.where(Invoice.state.in_(sorted(wanted.states)))
    if wanted.overdue_at is not None:
        statement = statement.where(
            Invoice.state == InvoiceState.REQUESTED, Invoice.due_at < wanted.overdue_at
        )
    return statement


def count_open(seen: ColumnElement[bool], now: datetime) -> dict[str, int]:
    """Count what an issuer has to do: blue, red, and how many of both are overdue."""
    row = db.session.execute(
        select(
            func.count().filter(Invoice.kind == InvoiceKind.BLUE).label("blue"),
            func.count().filter(Invoice.kind == InvoiceKind.RED).label("red"),
            func.count().filter(Invoice.due_at < now).label("overdue"),
        ).where(seen, Invoice.state == InvoiceState.REQUESTED)
    ).one()
    return {"blue": row.blue, "red": row.red, "overdue": row.overdue}


def get_invoice(invoice_id: uuid.UUID, seen: ColumnElement[bool]) -> Invoice:
    """Return an invoice among those in a row filter; raises InvoiceNotFound."""
    return _found(db.session.scalar(select(Invoice).where(Invoice.id == invoice_id, seen)))


def lock_invoice(invoice_id: uuid.UUID, seen: ColumnElement[bool]) -> Invoice:
    """Lock the orders of an invoice in their order, then the invoice; raises InvoiceNotFound.

    Refunds hold their order before they reach for its invoices, so the two follow each other.
    """
    get_invoice(invoice_id, seen)
    orders = select(InvoiceLine.order_id).where(InvoiceLine.invoice_id == invoice_id)
    db.session.execute(
        select(Order.id).where(Order.id.in_(orders)).order_by(Order.id).with_for_update()
    )
    return relock_invoice(invoice_id)


def relock_invoice(invoice_id: uuid.UUID) -> Invoice:
    """Lock an invoice whose orders the caller holds; fresh."""
    return db.session.scalars(
        select(Invoice)
        .where(Invoice.id == invoice_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one()


def lock_orders(order_ids: Collection[uuid.UUID], allowed: ColumnElement[bool]) -> list[Order]:
    """Lock orders in the order of their ids; raises OrderNotFound when one is not allowed."""
    wanted = set(order_ids)
    orders = db.session.scalars(
        select(Order)
        .where(Order.id.in_(wanted), allowed)
        .order_by(Order.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).all()
    if len(orders) != len(wanted):
        raise OrderNotFound
    return list(orders)


def get_order(actor: Actor, order_id: uuid.UUID) -> Order:
    """Return an order whose invoices the actor may read; raises OrderNotFound."""
    mine = or_(trade_queries.bought_by(actor), trade_queries.sold_by(actor))
    seen = true() if actor.is_platform(Permission.INVOICE_READ) else mine
    order = db.session.scalar(select(Order).where(Order.id == order_id, seen))
    if order is None:
        raise OrderNotFound
    return order


def list_order_lines(order_ids: Collection[uuid.UUID]) -> Sequence[OrderLine]:
    """Return the lines of orders, fresh."""
    statement = (
        select(OrderLine)
        .where(OrderLine.order_id.in_(order_ids))
        .order_by(OrderLine.order_id, OrderLine.position)
    )
    return db.session.scalars(statement.execution_options(populate_existing=True)).all()


def sum_refunded_quantities(order_ids: Collection[uuid.UUID]) -> dict[uuid.UUID, int]:
    """Return per order line the pieces whose money went or goes back."""
    rows = db.session.execute(
        select(AftersalesCase.order_line_id, func.sum(AftersalesCase.quantity).label("quantity"))
        .where(AftersalesCase.order_id.in_(order_ids), AftersalesCase.state.in_(sorted(REFUNDING)))
        .group_by(AftersalesCase.order_line_id)
    )
    return {row.order_line_id: int(row.quantity) for row in rows}


def list_live_lines(
    order_ids: Collection[uuid.UUID], cooperative_id: uuid.UUID | None = None
) -> Sequence[InvoiceLine]:
    """Return the live lines on invoices of orders, fresh; in the order of their invoices."""
    statement = select(InvoiceLine).where(InvoiceLine.order_id.in_(order_ids), InvoiceLine.is_live)
    if cooperative_id is not None:
        statement = statement.where(InvoiceLine.cooperative_id == cooperative_id)
    return db.session.scalars(
        statement.order_by(InvoiceLine.invoice_id, InvoiceLine.position).execution_options(
            populate_existing=True
        )
    ).all()


def list_lines(invoice_ids: Collection[uuid.UUID]) -> Sequence[InvoiceLine]:
    """Return the lines of invoices, fresh, as they are printed."""
    return db.session.scalars(
        select(InvoiceLine)
        .where(InvoiceLine.invoice_id.in_(invoice_ids))
        .order_by(InvoiceLine.invoice_id, InvoiceLine.position)
        .execution_options(populate_existing=True)
    ).all()


def list_invoices_of_order(order: Order) -> Sequence[Invoice]:
    """Return the invoices on which an order stands, newest first; who asks has checked the order."""
    on = select(InvoiceLine.invoice_id).where(
        InvoiceLine.cooperative_id == order.cooperative_id, InvoiceLine.order_id == order.id
    )
    return db.session.scalars(
        select(Invoice).where(Invoice.id.in_(on)).order_by(Invoice.id.desc())
    ).all()


def find_standings(order_ids: Collection[uuid.UUID]) -> dict[uuid.UUID, OrderInvoicing]:
    """Return per order what its invoices come to; orders without one are left out."""
    rows = db.session.execute(
        select(InvoiceLine.order_id, Invoice.state)
        .join(
            Invoice,
            (Invoice.cooperative_id == InvoiceLine.cooperative_id)
            & (Invoice.id == InvoiceLine.invoice_id),
        )
        .where(InvoiceLine.order_id.in_(order_ids), Invoice.kind == InvoiceKind.BLUE)
        .distinct()
    )
    states: dict[uuid.UUID, set[InvoiceState]] = {}
    for row in rows:
        states.setdefault(row.order_id, set()).add(row.state)
    return {order_id: standing_of(found) for order_id, found in states.items()}


def list_reds(invoice: Invoice) -> Sequence[Invoice]:
    """Return the red invoices of a blue one, oldest first."""
    statement = select(Invoice).where(
        Invoice.cooperative_id == invoice.cooperative_id, Invoice.original_id == invoice.id
    )
    return db.session.scalars(
        statement.order_by(Invoice.id).execution_options(populate_existing=True)
    ).all()


def find_by_number(cooperative_id: uuid.UUID, number: str) -> Invoice | None:
    """Return the cooperative's invoice with a number, or None."""
    return db.session.scalar(
        select(Invoice).where(Invoice.cooperative_id == cooperative_id, Invoice.number == number)
    )


def find_by_file(cooperative_id: uuid.UUID, digest: str) -> Invoice | None:
    """Return the cooperative's invoice with a file, or None."""
    return db.session.scalar(
        select(Invoice).where(
            Invoice.cooperative_id == cooperative_id, Invoice.file_digest == digest
        )
    )


def find_first_day(invoice: Invoice) -> date | None:
    """Return the Shanghai day on which the first of an invoice's orders was paid or released."""
    on = select(InvoiceLine.order_id).where(InvoiceLine.invoice_id == invoice.id)
    first = db.session.scalar(select(func.min(Order.paid_at)).where(Order.id.in_(on)))
    return clock.shanghai_date(first) if first is not None else None


@dataclass(frozen=True, slots=True)
class KnownTax:
    """What a cooperative declared of a product last."""

    treatment: TaxTreatment
    rate_bp: int
    basis: str | None


def find_known_taxes(
    cooperative_id: uuid.UUID, product_ids: Collection[uuid.UUID]
) -> dict[uuid.UUID, KnownTax]:
    """Return per product what its cooperative declared on the invoice it issued last."""
    line = InvoiceLine
    rows = db.session.execute(
        select(line.product_id, line.tax_treatment, line.tax_rate_bp, line.tax_basis)
        .where(
            line.cooperative_id == cooperative_id,
            line.product_id.in_(product_ids),
            line.tax_treatment.is_not(None),
        )
        .ext(distinct_on(line.product_id))
        .order_by(line.product_id, line.id.desc())
    )
    return {
        row.product_id: KnownTax(row.tax_treatment, row.tax_rate_bp or 0, row.tax_basis)
        for row in rows
    }


def select_unit_orders(unit_id: uuid.UUID, first: date, end: date) -> Select[Order]:
    """Select a unit's paid orders of a period [first, end); who asks has checked the unit."""
    return select(Order).where(
        Order.buying_unit_id == unit_id,
        Order.sale_on >= first,
        Order.sale_on < end,
        Order.state != OrderState.CANCELLED,
    )


def list_unit_orders(unit_id: uuid.UUID, first: date, end: date) -> Sequence[Order]:
    """Return a unit's paid orders of a period [first, end), in the order of their sellers."""
    statement = select_unit_orders(unit_id, first, end)
    return db.session.scalars(statement.order_by(Order.cooperative_id, Order.id)).all()


def list_open_months(unit_id: uuid.UUID) -> list[str]:
    """Return the months (2026-03), latest first, in which a unit paid for what is on no invoice yet.

    Who asks has checked the unit.
    """
    line = InvoiceLine
    of_order = (line.cooperative_id == Order.cooperative_id, line.order_id == Order.id)
    freight_taken = exists().where(*of_order, line.order_line_id.is_(None), line.is_live)
    line_taken = exists().where(*of_order, line.order_line_id == OrderLine.id, line.is_live)
    line_open = exists().where(
        OrderLine.cooperative_id == Order.cooperative_id,
        OrderLine.order_id == Order.id,
        OrderLine.net_fen > OrderLine.refunded_fen,
        ~line_taken.correlate(Order, OrderLine),
    )
    freight_open = (Order.freight_fen > Order.freight_refunded_fen) & ~freight_taken
    month = func.to_char(Order.sale_on, "YYYY-MM")
    return list(
        db.session.scalars(
            select(month)
            .where(
                Order.buying_unit_id == unit_id,
                Order.sale_on.is_not(None),
                Order.paid_at.is_not(None),
                Order.state != OrderState.CANCELLED,
                or_(line_open, freight_open),
            )
            .distinct()
            .order_by(month.desc())
        )
    )


def _found(invoice: Invoice | None) -> Invoice:
    if invoice is None:
        raise InvoiceNotFound
    return invoice
