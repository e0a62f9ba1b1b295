"""Red invoices: due where a refund takes back what was invoiced, to the fen, once per refund."""

import pytest
from sqlalchemy import event, select

from marketplace.database import db
from orders.invoices.errors import InvoiceStateForbids, NothingToReverse
from orders.invoices.issuing import LineTax
from orders.invoices.models import Invoice
from orders.invoices.queries import list_lines, list_reds
from orders.invoices.reversing import follow_refund, reverse_invoice
from orders.invoices.showing import show_invoicing
from orders.invoices.states import InvoiceKind, InvoiceState, OrderInvoicing, TaxTreatment
from tests.factories import invoices as make
from tests.factories.freight import flat, make_template
from tests.factories.orders import Market, buy, make_market
from tests.factories.units import make_unit
from tests.orders.invariants import broken
from tests.orders.invoices.refunding import refund


@pytest.fixture
def market() -> Market:
    return make_market()


def reds_of(blue: Invoice) -> list[Invoice]:
    return list(list_reds(blue))


class TestFollowRefund:
    def test_makes_a_task_for_the_part_that_goes_back(self, market: Market) -> None:
        [order] = buy(market.buyer, [(market.mutton, 2), (market.tea, 3)])
        blue = make.issue(market.nanjiang.actor, make.ask(market.buyer, [order]))
        case = refund(market, order, "南江大叶茶", quantity=1)
        [red] = reds_of(blue)
        assert (red.kind, red.state, red.amount_fen) == (
            InvoiceKind.RED, InvoiceState.REQUESTED, 33_33,
        )  # fmt: skip
        assert make.printed(red) == [("南江大叶茶", 1, 33_33)]
        assert red.cause_id == case.id
        assert blue.state is InvoiceState.ISSUED
        assert broken() == []
        make.issue(market.nanjiang.actor, red)
        assert blue.state is InvoiceState.ISSUED, "a part of it stands"
        assert show_invoicing(order).standing is OrderInvoicing.ISSUED
        assert broken() == []

    def test_again_for_the_same_refund_changes_nothing(self, market: Market) -> None:
        [order] = buy(market.buyer, [(market.mutton, 2)])
        blue = make.issue(market.nanjiang.actor, make.ask(market.buyer, [order]))
        case = refund(market, order, "南江黄羊肉", quantity=1)
        follow_refund(order, cause_id=case.id)
        assert [red.amount_fen for red in reds_of(blue)] == [58_00]

    def test_takes_all_back_in_parts_with_exactly_its_tax(self, market: Market) -> None:
        make_template(market.nanjiang, flat(10_00))
        [order] = buy(market.buyer, [(market.tea, 3)])
        invoice = make.ask(market.buyer, [order])
        taxes = [
            LineTax(line_id=line.id, treatment=TaxTreatment.TAXED, rate_bp=900)
            for line in list_lines([invoice.id])
        ]
        blue = make.issue(market.nanjiang.actor, invoice, taxes=taxes)
        for _ in range(3):
            refund(market, order, "南江大叶茶", quantity=1)
        for red in reds_of(blue):
            make.issue(market.nanjiang.actor, red)
        # The last one takes the freight along: nothing was shipped.
        assert [red.amount_fen for red in reds_of(blue)] == [33_33, 33_33, 43_33]
        assert sum(red.tax_fen for red in reds_of(blue)) == blue.tax_fen == 9_09
        assert blue.state is InvoiceState.REVERSED
        assert show_invoicing(order).standing is OrderInvoicing.REVERSED
        assert broken() == []

    def test_of_one_order_touches_its_lines_in_a_units_month_only(self, market: Market) -> None:
        unit = make_unit()
        [first], [second] = unit.buy([(market.mutton, 1)]), unit.buy([(market.tea, 2)])
        blue = make.issue(market.nanjiang.actor, make.ask(unit.actor, [first, second]))
        refund(market, second, "南江大叶茶", unit.actor, quantity=1)
        assert [make.printed(red) for red in reds_of(blue)] == [[("南江大叶茶", 1, 33_33)]]
        assert [line.left_fen for line in list_lines([blue.id])] == [58_00, 33_33]
        assert broken() == []

    def test_shrinks_a_request_that_is_not_issued(self, market: Market) -> None:
        [order] = buy(market.buyer, [(market.mutton, 2), (market.tea, 3)])
        invoice = make.ask(market.buyer, [order])
        refund(market, order, "南江黄羊肉", quantity=2)
        refund(market, order, "南江大叶茶", amount_fen=10_00)
        assert make.printed(invoice) == [("南江大叶茶", 3, 89_99)]
        assert invoice.amount_fen == 89_99
        refund(market, order, "南江大叶茶", quantity=3)
        assert invoice.state is InvoiceState.CANCELLED
        assert reds_of(invoice) == []
        assert broken() == []

    def test_costs_one_statement_where_there_is_no_invoice(self, market: Market) -> None:
        [order] = buy(market.buyer, [(market.mutton, 2)])
        case = refund(market, order, "南江黄羊肉", quantity=1)
        _ = order.id, order.cooperative_id
        said: list[str] = []

        def hear(*args: object) -> None:
            said.append(str(args[2]))

        event.listen(db.session.connection(), "before_cursor_execute", hear)
        follow_refund(order, cause_id=case.id)
        event.remove(db.session.connection(), "before_cursor_execute", hear)
        assert len(said) == 1


class TestReverseInvoice:
    def test_takes_the_rest_back_and_frees_the_lines(self, market: Market) -> None:
        seller = market.nanjiang.actor
        [order] = buy(market.buyer, [(market.mutton, 2)])
        blue = make.issue(seller, make.ask(market.buyer, [order]))
        refund(market, order, "南江黄羊肉", quantity=1)
        rest = reverse_invoice(seller, blue.id, reason="抬头有误")
        assert rest.amount_fen == 58_00
        with pytest.raises(NothingToReverse):
            reverse_invoice(seller, blue.id, reason="抬头有误")
        assert show_invoicing(order).open_fen == 0, "not before the red one is issued"
        for red in reds_of(blue):
            make.issue(seller, red)
        assert blue.state is InvoiceState.REVERSED
        assert make.printed(make.ask(market.buyer, [order])) == [("南江黄羊肉", 1, 58_00)]
        assert broken() == []

    def test_is_for_issued_blue_ones(self, market: Market) -> None:
        seller = market.nanjiang.actor
        [order] = buy(market.buyer, [(market.mutton, 2)])
        blue = make.ask(market.buyer, [order])
        with pytest.raises(InvoiceStateForbids):
            reverse_invoice(seller, blue.id, reason="抬头有误")
        make.issue(seller, blue)
        red = reverse_invoice(seller, blue.id, reason="抬头有误")
        make.issue(seller, red)
        with pytest.raises(InvoiceStateForbids):
            reverse_invoice(seller, red.id, reason="抬头有误")
        assert db.session.scalars(select(Invoice).where(Invoice.kind == "red")).all() == [red]
