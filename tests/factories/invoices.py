"""Titles, requests and issued invoices, by the services that make them."""

import itertools
import uuid
from collections.abc import Sequence
from typing import Any

from marketplace import clock
from marketplace.database import db
from marketplace.identity.actor import Actor
from marketplace.identity.models import Account
from orders.invoice_titles.details import TitleDetails
from orders.invoice_titles.models import InvoiceTitle, TitleKind
from orders.invoice_titles.service import add_title
from orders.invoices import issuing
from orders.invoices.files import InvoiceFile, keep_file
from orders.invoices.issuing import Issued, LineTax
from orders.invoices.models import Invoice, InvoiceLine
from orders.invoices.queries import list_lines
from orders.invoices.service import request_invoice
from orders.invoices.states import InvoiceKind, TaxTreatment
from orders.trades.models import Order
from tests.factories.identity import actor_of
from tests.factories.partners import new_credit_code

_numbers = itertools.count(1)
PDF_HEAD = b"%PDF-1.7\n"


def new_invoice_no() -> str:
    """A digital invoice's number that no other one of this run has."""
    return f"2651{next(_numbers):016d}"


def make_pdf() -> bytes:
    """A small whole PDF, other than any before."""
    return PDF_HEAD + f"% {next(_numbers)}\n%%EOF\n".encode()


def make_title(actor: Actor, *, unit_id: uuid.UUID | None = None, **facts: Any) -> InvoiceTitle:
    """Write a body's title that is fit for special invoices into a book."""
    values: dict[str, Any] = {
        "kind": TitleKind.COMPANY,
        "name": "示例中学 · 东阳",
        "tax_no": new_credit_code(),
        "address": "东阳市示例路 1 号",
        "phone": "0579-86000000",
        "bank_name": "示例银行东阳支行",
        "account_no": "6222020200112233",
    }
    return add_title(actor, TitleDetails(**(values | facts)), buying_unit_id=unit_id)


def ask(actor: Actor, orders: Sequence[Order], **facts: Any) -> Invoice:
    """Ask for an invoice of orders, made out to a new title."""
    title = make_title(actor)
    return request_invoice(
        actor, order_ids=[order.id for order in orders], title_id=title.id, **facts
    )


def exempt(invoice: Invoice) -> list[LineTax]:
    """Declare every line of an invoice exempt."""
    return [
        LineTax(line_id=line.id, treatment=TaxTreatment.EXEMPT, rate_bp=0, basis="自产农产品")
        for line in list_lines([invoice.id])
        if line.amount_fen
    ]


def put_file(seller: Actor, invoice: Invoice) -> bytes:
    """Upload a file for an invoice; return it."""
    data = make_pdf()
    file = InvoiceFile("application/pdf", data)
    keep_file(invoice.cooperative_id, file)
    issuing.put_file(seller, invoice.id, file)
    return data


def issue(seller: Actor, invoice: Invoice, **facts: Any) -> Invoice:
    """Issue an invoice, blue or red, as it is to be issued now."""
    put_file(seller, invoice)
    taxes = exempt(invoice) if invoice.kind is InvoiceKind.BLUE else []
    values: dict[str, Any] = {
        "issuer": issuing.REGISTER,
        "number": new_invoice_no(),
        "issued_on": clock.today(),
        "amount_fen": invoice.amount_fen,
        "taxes": taxes,
    }
    return issuing.book_issued(seller, invoice.id, Issued(**(values | facts)))


def printed(invoice: Invoice) -> list[tuple[str, int, int]]:
    """Name, quantity and amount of the lines of an invoice as they are stored."""
    db.session.expire_all()
    return [
        (line.name, line.quantity, line.amount_fen)
        for line in list_lines([invoice.id])
        if line.amount_fen
    ]


def line_of(invoice: Invoice, name: str) -> InvoiceLine:
    """The line of an invoice with a name."""
    return next(line for line in list_lines([invoice.id]) if line.name == name)


def actors_of(*account_ids: uuid.UUID) -> list[Actor]:
    """The actors of accounts, in a session of their own."""
    return [actor_of(db.session.get_one(Account, account_id)) for account_id in account_ids]


def order_of(order_id: uuid.UUID) -> Order:
    """An order as it is stored."""
    return db.session.get_one(Order, order_id)
