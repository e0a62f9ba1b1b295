"""Sample papers of a unit's first purchase: contract, acceptance note, an invoice issued, one asked for."""

from __future__ import annotations

from sqlalchemy import select

from marketplace import clock
from marketplace.database import db, transaction
from marketplace.identity.actor import Actor
from marketplace.money import yuan
from marketplace.papers import PDF, begin_paper
from orders.invoice_titles.details import TitleDetails
from orders.invoice_titles.models import InvoiceTitle, TitleKind
from orders.invoice_titles.queries import list_titles
from orders.invoice_titles.service import add_title
from orders.invoices import files, issuing
from orders.invoices.files import InvoiceFile
from orders.invoices.issuing import Issued, LineTax
from orders.invoices.models import Invoice
from orders.invoices.queries import list_lines
from orders.invoices.service import request_invoice
from orders.invoices.states import TaxTreatment
from orders.papers.models import PaperKind
from orders.papers.service import make_paper
from orders.trades.models import Order
from partners.buying_units.models import BuyingUnit
from samples import people
from samples.buyers import UNITS, find_unit
from samples.purchases import manager_of


def make_papers() -> None:
    """Make the papers of the school of Dongyang, unless it has a title already."""
    with transaction():
        unit = find_unit(UNITS[0])
        clerk = people.by_phone(UNITS[0].clerk_phone)
        if unit is None or list_titles(clerk):
            return
        orders = db.session.scalars(
            select(Order)
            .where(Order.buying_unit_id == unit.id, Order.paid_at.is_not(None))
            .order_by(Order.id)
        ).all()
        title = add_title(clerk, _details(unit), buying_unit_id=unit.id)
        # The first is completed; the one after it is still to be shipped.
        for kind in PaperKind:
            make_paper(clerk, orders[0].id, kind=kind)
        _invoice(clerk, orders[0], title, is_issued=True)
        _invoice(clerk, orders[1], title, is_issued=False)


def _details(unit: BuyingUnit) -> TitleDetails:
    return TitleDetails(
        kind=TitleKind.COMPANY,
        name=unit.name,
        tax_no=unit.credit_code,
        address="东阳市示例路 1 号（仅供演示）",
        phone="0579-86000000",
        bank_name="示例银行东阳支行",
        account_no="6222000000000000",
    )


def _invoice(clerk: Actor, order: Order, title: InvoiceTitle, *, is_issued: bool) -> None:
    invoice = request_invoice(clerk, order_ids=[order.id], title_id=title.id)
    if not is_issued:
        return
    manager = manager_of(order.cooperative_id)
    file = InvoiceFile(PDF, _paper(invoice))
    files.keep_file(invoice.cooperative_id, file)
    issuing.put_file(manager, invoice.id, file)
    taxes = [
        LineTax(line_id=line.id, treatment=TaxTreatment.EXEMPT, rate_bp=0, basis="示例")
        for line in list_lines([invoice.id])
    ]
    issued = Issued(
        issuer=issuing.REGISTER,
        number=f"{invoice.id.int % 10**20:020d}",
        issued_on=clock.today(),
        amount_fen=invoice.amount_fen,
        taxes=taxes,
    )
    issuing.book_issued(manager, invoice.id, issued)


def _paper(invoice: Invoice) -> bytes:
    """Return a file that stands for an invoice and says that it is none."""
    paper = begin_paper(
        "发票样张（仅供演示，不作报销凭证）", made_at=clock.now(), footer="示例数据"
    )
    paper.add_particulars(
        [("开票方", invoice.cooperative_name), ("价税合计（元）", yuan(invoice.amount_fen))]
    )
    return paper.close_up()
