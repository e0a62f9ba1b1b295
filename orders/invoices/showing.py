"""An invoice as one reader may see it, with what the reader may do now; the standing of an order."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from marketplace import clock
from marketplace.identity.actor import Actor, ScopeKind
from marketplace.language import Text
from marketplace.permissions import Permission
from orders.invoice_replacements.queries import find_successors
from orders.invoice_titles.details import TitleDetails
from orders.invoices import queries, remaining
from orders.invoices.models import Invoice, InvoiceLine
from orders.invoices.remaining import Kept
from orders.invoices.service import month_of
from orders.invoices.states import InvoiceKind, InvoiceState, OrderInvoicing, standing_of
from orders.trades.models import Order
from orders.trades.queries import list_orders

_RED_DUE = Text("待红冲", "to be reversed")
_REPLACED = Text("已换开", "made out anew")


@dataclass(frozen=True, slots=True)
class ShownInvoice:
    """An invoice in the eyes of its buyer, its issuer, or of somebody who only looks."""

    invoice: Invoice
    is_buyers: bool
    is_sellers: bool
    lines: Sequence[InvoiceLine]
    order_nos: dict[uuid.UUID, str]
    # The request in its place, where it was made out anew; its own file stays with its buyer.
    successor_id: uuid.UUID | None

    @property
    def state_title(self) -> str:
        return str(state_label(self.invoice, self.successor_id))

    @property
    def title(self) -> TitleDetails | None:
        """To whom it is made out, for the two sides only."""
        return self.invoice.title if self.is_buyers or self.is_sellers else None

    @property
    def reversed_fen(self) -> int:
        return sum(line.reversed_fen for line in self.lines)

    @property
    def is_overdue(self) -> bool:
        return is_overdue(self.invoice, clock.now())

    @property
    def has_file(self) -> bool:
        return self.invoice.file_digest is not None

    @property
    def printed_lines(self) -> list["PrintedLine"]:
        """The lines as they are printed; what a refund has emptied before is left out."""
        return [
            PrintedLine(line, self.order_nos.get(line.order_id, ""))
            for line in self.lines
            if line.amount_fen
        ]

    @property
    def actions(self) -> list[str]:
        """What the reader may do with it now, in the order in which it is offered."""
        state, is_blue = self.invoice.state, self.invoice.kind is InvoiceKind.BLUE
        is_open = state is InvoiceState.REQUESTED
        is_standing = state is InvoiceState.ISSUED and self.reversed_fen < self.invoice.amount_fen
        offers = [
            ("download", self.is_buyers and state in (InvoiceState.ISSUED, InvoiceState.REVERSED)),
            ("cancel", self.is_buyers and is_open and is_blue),
            ("issue", self.is_sellers and is_open),
            ("decline", self.is_sellers and is_open and is_blue),
            ("reverse", self.is_sellers and is_blue and is_standing),
        ]
        return [name for name, is_offered in offers if is_offered]


@dataclass(frozen=True, slots=True)
class PrintedLine:
    """A line with its order's number and the price of one piece as it comes out."""

    line: InvoiceLine
    order_no: str

    @property
    def unit_price(self) -> str | None:
        """The amount of one kept piece in yuan, to six places, without trailing zeros below fen.

        Discounts and compensations are in it, so it may differ from the price agreed.
        """
        if not self.line.quantity:
            return None
        millionths = (self.line.amount_fen * 10_000 * 2 + self.line.quantity) // (
            2 * self.line.quantity
        )
        whole, rest = divmod(millionths, 1_000_000)
        digits = f"{rest:06d}"
        return f"{whole:,}.{digits[:2]}{digits[2:].rstrip('0')}"


def state_label(invoice: Invoice, successor_id: uuid.UUID | None) -> Text:
    """Return the state in a word; a red invoice that is due is a task, nobody asked for it."""
    if invoice.kind is InvoiceKind.RED and invoice.state is InvoiceState.REQUESTED:
        return _RED_DUE
    return _REPLACED if successor_id is not None else invoice.state.label


def is_overdue(invoice: Invoice, now: datetime) -> bool:
    """Tell whether its seller is late."""
    return invoice.state is InvoiceState.REQUESTED and invoice.due_at < now


def show_invoices(actor: Actor, invoices: Sequence[Invoice]) -> list[ShownInvoice]:
    """Return invoices that the actor may read, as the actor sees them; two statements for all."""
    lines: dict[uuid.UUID, list[InvoiceLine]] = {invoice.id: [] for invoice in invoices}
    for line in queries.list_lines(list(lines)):
        lines[line.invoice_id].append(line)
    orders = {line.order_id for found in lines.values() for line in found}
    numbers = {order.id: order.order_no for order in list_orders(orders)} if orders else {}
    units = actor.scopes(Permission.INVOICE_REQUEST, ScopeKind.BUYING_UNIT)
    sellers = actor.scopes(Permission.INVOICE_ISSUE, ScopeKind.COOPERATIVE)
    successors = find_replaced(invoices)
    return [
        ShownInvoice(
            invoice,
            is_buyers=invoice.account_id == actor.id or invoice.buying_unit_id in units,
            is_sellers=invoice.cooperative_id in sellers,
            lines=lines[invoice.id],
            order_nos=numbers,
            successor_id=successors.get(invoice.id),
        )
        for invoice in invoices
    ]


def find_replaced(invoices: Sequence[Invoice]) -> dict[uuid.UUID, uuid.UUID]:
    """Return per invoice that was made out anew the request in its place."""
    return find_successors([one.id for one in invoices if one.state is InvoiceState.REVERSED])


def show_invoice(actor: Actor, invoice: Invoice) -> ShownInvoice:
    """Return one invoice as the actor sees it."""
    return show_invoices(actor, [invoice])[0]


@dataclass(frozen=True, slots=True)
class ShownInvoicing:
    """What the invoices of an order come to, and what may still be asked for."""

    order: Order
    invoices: Sequence[Invoice]
    successors: Mapping[uuid.UUID, uuid.UUID]
    open_lines: Sequence[Kept]

    @property
    def standing(self) -> OrderInvoicing:
        return standing_of({one.state for one in self.invoices if one.kind is InvoiceKind.BLUE})

    @property
    def open_fen(self) -> int:
        return sum(one.amount_fen for one in self.open_lines)


def show_invoicing(order: Order) -> ShownInvoicing:
    """Return what stands and what is open of an order that the reader may see."""
    open_lines = remaining.list_uninvoiced([order]) if remaining.is_invoiceable(order) else []
    invoices = queries.list_invoices_of_order(order)
    return ShownInvoicing(order, invoices, find_replaced(invoices), open_lines)


@dataclass(frozen=True, slots=True)
class OpenMonth:
    """What a unit may ask one cooperative for, of one month."""

    cooperative_id: uuid.UUID
    cooperative_name: str
    order_count: int
    line_count: int
    amount_fen: int


def list_open_months(buying_unit_id: uuid.UUID, month: str) -> list[OpenMonth]:
    """Return per cooperative what a unit bought in a month and has no invoice of yet."""
    found = queries.list_unit_orders(buying_unit_id, *month_of(month))
    orders = {order.id: order for order in found if remaining.is_invoiceable(order)}
    if not orders:
        return []
    by_seller: dict[uuid.UUID, list[Kept]] = {}
    for kept in remaining.list_uninvoiced(list(orders.values())):
        by_seller.setdefault(orders[kept.order_id].cooperative_id, []).append(kept)
    names = {order.cooperative_id: order.cooperative_name for order in orders.values()}
    return [
        OpenMonth(
            seller,
            names[seller],
            order_count=len({kept.order_id for kept in lines}),
            line_count=len(lines),
            amount_fen=sum(kept.amount_fen for kept in lines),
        )
        for seller, lines in by_seller.items()
    ]
