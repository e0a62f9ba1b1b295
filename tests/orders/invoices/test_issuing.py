"""Issuing: true to the amount, once per number and file, taxes as the issuer declares them."""

from datetime import timedelta

import pytest

from marketplace import clock
from orders.invoices.errors import (
    InvoiceAmountChanged,
    InvoiceDayWrong,
    InvoiceFileMissing,
    InvoiceFileRepeated,
    InvoiceNotFound,
    InvoiceNumberTaken,
    InvoiceStateForbids,
    TaxesIncomplete,
)
from orders.invoices.files import InvoiceFile
from orders.invoices.issuing import Issued, LineTax, book_issued, put_file, read_file_of, tax_in
from orders.invoices.queries import find_known_taxes
from orders.invoices.showing import show_invoicing
from orders.invoices.states import InvoiceState, OrderInvoicing, TaxTreatment
from tests.factories import invoices as make
from tests.factories.orders import Market, buy, make_market
from tests.orders.invariants import broken
from tests.orders.invoices.refunding import refund


@pytest.fixture
def market() -> Market:
    return make_market()


class TestBookIssued:
    def test_hands_the_buyer_the_file(self, market: Market) -> None:
        [order] = buy(market.buyer, [(market.mutton, 2)])
        invoice = make.ask(market.buyer, [order])
        with pytest.raises(InvoiceFileMissing):
            read_file_of(invoice)
        data = make.put_file(market.nanjiang.actor, invoice)
        with pytest.raises(InvoiceFileMissing):
            read_file_of(invoice)
        make.issue(market.nanjiang.actor, invoice)
        assert invoice.state is InvoiceState.ISSUED
        assert read_file_of(invoice)[0] != data, "the file uploaded last is the one that counts"
        assert read_file_of(invoice)[1] == "application/pdf"
        assert show_invoicing(order).standing is OrderInvoicing.ISSUED
        assert broken() == []

    def test_writes_the_tax_in_each_line(self, market: Market) -> None:
        [order] = buy(market.buyer, [(market.mutton, 2), (market.tea, 1)])
        invoice = make.ask(market.buyer, [order])
        mutton, tea = make.line_of(invoice, "南江黄羊肉"), make.line_of(invoice, "南江大叶茶")
        taxes = [
            LineTax(
                line_id=mutton.id, treatment=TaxTreatment.EXEMPT, rate_bp=0, basis="自产农产品"
            ),
            LineTax(line_id=tea.id, treatment=TaxTreatment.TAXED, rate_bp=900),
        ]
        make.issue(market.nanjiang.actor, invoice, taxes=taxes)
        # 33.33 with 9 per cent in it: 33.33 × 9 / 109 = 2.752.
        assert (mutton.tax_fen, tea.tax_fen, invoice.tax_fen) == (0, 2_75, 2_75)
        known = find_known_taxes(market.nanjiang.id, [mutton.product_id, tea.product_id])
        assert known[tea.product_id].rate_bp == 900
        assert known[mutton.product_id].treatment is TaxTreatment.EXEMPT
        assert broken() == []

    @pytest.mark.parametrize(
        ("amount_fen", "rate_bp", "tax_fen"),
        [(109_00, 900, 9_00), (103_00, 300, 3_00), (113_00, 1300, 13_00), (1, 1300, 0), (9, 0, 0)],
    )
    def test_tax_is_contained(self, amount_fen: int, rate_bp: int, tax_fen: int) -> None:
        assert tax_in(amount_fen, rate_bp) == tax_fen

    def test_refuses_what_is_not_what_is_to_be_issued(self, market: Market) -> None:
        [order] = buy(market.buyer, [(market.mutton, 2), (market.tea, 1)])
        invoice = make.ask(market.buyer, [order])
        seller = market.nanjiang.actor
        with pytest.raises(InvoiceFileMissing):
            book_issued(seller, invoice.id, _issued(invoice.amount_fen))
        refund(market, order, "南江黄羊肉", quantity=1)
        with pytest.raises(InvoiceAmountChanged) as changed:
            make.issue(seller, invoice, amount_fen=149_33)
        assert changed.value.extra["amount_fen"] == 91_33
        for day in (clock.today() + timedelta(days=1), order.sale_on - timedelta(days=1)):
            with pytest.raises(InvoiceDayWrong):
                make.issue(seller, invoice, issued_on=day)
        whole = make.exempt(invoice)
        for taxes in ([], whole[:1], [whole[0], whole[0]]):
            with pytest.raises(TaxesIncomplete):
                make.issue(seller, invoice, taxes=taxes)
        booked = make.issue(seller, invoice)
        with pytest.raises(InvoiceStateForbids):
            make.issue(seller, invoice)
        again = _issued(91_33, number=booked.number)
        assert book_issued(seller, invoice.id, again) is booked, "told the same again"
        for other in (_issued(91_34, number=booked.number), _issued(91_33)):
            with pytest.raises(InvoiceStateForbids):
                book_issued(seller, invoice.id, other)

    def test_a_number_and_a_file_stand_for_one_sale(self, market: Market) -> None:
        seller = market.nanjiang.actor
        invoices = []
        for _ in range(2):
            [order] = buy(market.buyer, [(market.mutton, 1)])
            invoices.append(make.ask(market.buyer, [order]))
        first, second = invoices
        file = InvoiceFile("application/pdf", make.put_file(seller, first))
        with pytest.raises(InvoiceFileRepeated):
            put_file(seller, second.id, file)
        put_file(seller, first.id, file)
        issued = make.issue(seller, first)
        with pytest.raises(InvoiceNumberTaken):
            make.issue(seller, second, number=issued.number)

    def test_is_the_sellers_alone(self, market: Market) -> None:
        [order] = buy(market.buyer, [(market.mutton, 1)])
        invoice = make.ask(market.buyer, [order])
        for actor in (market.buyer, market.xinhe.actor):
            with pytest.raises(InvoiceNotFound):
                book_issued(actor, invoice.id, _issued(58_00))


def _issued(amount_fen: int, *, number: str | None = None) -> Issued:
    return Issued(
        issuer="register",
        number=number or make.new_invoice_no(),
        issued_on=clock.today(),
        amount_fen=amount_fen,
        taxes=[],
    )
