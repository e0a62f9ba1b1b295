"""Asking for an invoice: true to what was paid and kept, never twice, taken back before issue."""

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from marketplace.database import db
from orders.invoice_titles.errors import InvoiceTitleNotFound
from orders.invoices.errors import (
    InvoiceNotFound,
    InvoiceStateForbids,
    NothingToInvoice,
    OrderNotInvoiceable,
    OrdersNotTogether,
    TitleUnfitForSpecial,
)
from orders.invoices.service import (
    cancel_request,
    decline_request,
    month_of,
    request_invoice,
    request_month,
)
from orders.invoices.showing import list_open_months, show_invoicing
from orders.invoices.states import InvoiceState, InvoiceType, OrderInvoicing
from orders.trades.errors import OrderNotFound
from tests.factories.freight import flat, make_template
from tests.factories.identity import make_actor
from tests.factories.invoices import ask, issue, make_title, printed
from tests.factories.orders import Market, buy, make_market, orders_of, place
from tests.factories.units import make_unit
from tests.orders.invariants import broken
from tests.orders.invoices.refunding import refund


@pytest.fixture
def market() -> Market:
    return make_market()


class TestRequestInvoice:
    def test_is_true_to_what_was_paid_and_kept(self, market: Market) -> None:
        [order] = buy(market.buyer, [(market.mutton, 2), (market.tea, 3)])
        refund(market, order, "南江大叶茶", quantity=1)
        invoice = ask(market.buyer, [order])
        assert printed(invoice) == [("南江黄羊肉", 2, 116_00), ("南江大叶茶", 2, 66_66)]
        assert invoice.amount_fen == 182_66
        assert (invoice.due_at - invoice.requested_at).days == 7
        assert show_invoicing(order).standing is OrderInvoicing.REQUESTED
        assert broken() == []

    def test_never_takes_a_line_twice(self, market: Market) -> None:
        [order] = buy(market.buyer, [(market.mutton, 2)])
        first = ask(market.buyer, [order])
        with pytest.raises(NothingToInvoice):
            ask(market.buyer, [order])
        issue(market.nanjiang.actor, first)
        with pytest.raises(NothingToInvoice):
            ask(market.buyer, [order])

    def test_the_database_holds_the_same(self, market: Market) -> None:
        [order] = buy(market.buyer, [(market.mutton, 2)])
        ask(market.buyer, [order])
        twice = text(
            "insert into invoice_lines select gen_random_uuid(), cooperative_id, invoice_id,"
            " order_id, order_line_id, product_id, reverses_id, 2, name, spec, unit, quantity,"
            " price_fen, amount_fen, tax_treatment, tax_rate_bp, tax_basis, tax_fen, is_live,"
            " reversed_fen, reversed_quantity from invoice_lines"
        )
        with (
            pytest.raises(IntegrityError, match="uq_invoice_lines_live"),
            db.session.begin_nested(),
        ):
            db.session.execute(twice)

    def test_takes_only_ones_own_orders_titles_and_invoices(self, market: Market) -> None:
        [order] = buy(market.buyer, [(market.mutton, 1)])
        stranger = make_actor()
        with pytest.raises(OrderNotFound):
            ask(stranger, [order])
        title = make_title(stranger)
        with pytest.raises(InvoiceTitleNotFound):
            request_invoice(market.buyer, order_ids=[order.id], title_id=title.id)
        invoice = ask(market.buyer, [order])
        for actor in (stranger, market.xinhe.actor):
            with pytest.raises(InvoiceNotFound):
                cancel_request(actor, invoice.id)
            with pytest.raises(InvoiceNotFound):
                decline_request(actor, invoice.id, reason="不是我的")

    def test_waits_for_the_payment(self, market: Market) -> None:
        orders = orders_of(place(market.buyer, [(market.mutton, 1)]).trade.id)
        with pytest.raises(OrderNotInvoiceable):
            ask(market.buyer, orders)

    def test_has_nothing_of_what_went_back_whole(self, market: Market) -> None:
        [order] = buy(market.buyer, [(market.mutton, 1), (market.tea, 1)])
        refund(market, order, "南江黄羊肉", quantity=1)
        assert printed(ask(market.buyer, [order])) == [("南江大叶茶", 1, 33_33)]

    def test_one_invoice_is_of_one_seller_and_one_unit(self, market: Market) -> None:
        both = buy(market.buyer, [(market.mutton, 1), (market.rawap, 1)])
        with pytest.raises(OrdersNotTogether):
            ask(market.buyer, both)
        mine = buy(market.buyer, [(market.tea, 1)]) + buy(market.buyer, [(market.tea, 1)])
        with pytest.raises(OrdersNotTogether):
            ask(market.buyer, mine)

    def test_a_special_one_needs_a_whole_title(self, market: Market) -> None:
        [order] = buy(market.buyer, [(market.mutton, 1)])
        plain = make_title(market.buyer, account_no="")
        with pytest.raises(TitleUnfitForSpecial):
            request_invoice(
                market.buyer,
                order_ids=[order.id],
                title_id=plain.id,
                invoice_type=InvoiceType.SPECIAL,
            )
        assert ask(market.buyer, [order], invoice_type=InvoiceType.SPECIAL).title.account_no


class TestFreight:
    def test_is_a_line_of_its_own(self, market: Market) -> None:
        make_template(market.nanjiang, flat(12_00))
        [order] = buy(market.buyer, [(market.mutton, 1)])
        assert order.freight_fen == 12_00
        invoice = ask(market.buyer, [order])
        assert printed(invoice) == [("南江黄羊肉", 1, 58_00), ("运费", 1, 12_00)]
        # Called off before it was shipped: goods and freight go back, and the request ends.
        refund(market, order, "南江黄羊肉", quantity=1)
        assert invoice.state is InvoiceState.CANCELLED
        assert broken() == []


class TestCancelRequest:
    def test_frees_the_lines(self, market: Market) -> None:
        [order] = buy(market.buyer, [(market.mutton, 1)])
        invoice = ask(market.buyer, [order])
        cancel_request(market.buyer, invoice.id)
        assert show_invoicing(order).standing is OrderInvoicing.NONE
        assert show_invoicing(order).open_fen == 58_00
        ask(market.buyer, [order])
        assert broken() == []

    def test_comes_too_late_once_it_is_issued(self, market: Market) -> None:
        [order] = buy(market.buyer, [(market.mutton, 1)])
        invoice = issue(market.nanjiang.actor, ask(market.buyer, [order]))
        with pytest.raises(InvoiceStateForbids):
            cancel_request(market.buyer, invoice.id)
        with pytest.raises(InvoiceStateForbids):
            decline_request(market.nanjiang.actor, invoice.id, reason="抬头有误")


class TestDeclineRequest:
    def test_says_why_and_frees_the_lines(self, market: Market) -> None:
        [order] = buy(market.buyer, [(market.mutton, 1)])
        invoice = ask(market.buyer, [order], invoice_type=InvoiceType.SPECIAL)
        decline_request(market.nanjiang.actor, invoice.id, reason="免税农产品请改开普通发票")
        assert invoice.state is InvoiceState.DECLINED
        assert printed(ask(market.buyer, [order])) == [("南江黄羊肉", 1, 58_00)]


class TestRequestMonth:
    def test_merges_a_units_month_of_one_seller(self, market: Market) -> None:
        unit = make_unit()
        first = unit.buy([(market.mutton, 1), (market.rawap, 1)])
        unit.buy([(market.tea, 2)])
        month = first[0].sale_on.strftime("%Y-%m")
        opened = {one.cooperative_id: one for one in list_open_months(unit.unit.id, month)}
        assert opened[market.nanjiang.id].amount_fen == 58_00 + 66_66
        assert opened[market.nanjiang.id].order_count == 2
        assert opened[market.xinhe.id].amount_fen == 880_00
        title = make_title(unit.actor, unit_id=unit.unit.id)
        invoice = request_month(
            unit.actor,
            buying_unit_id=unit.unit.id,
            cooperative_id=market.nanjiang.id,
            month=month,
            title_id=title.id,
        )
        assert sorted(printed(invoice)) == [("南江大叶茶", 2, 66_66), ("南江黄羊肉", 1, 58_00)]
        assert invoice.month == month
        assert [one.cooperative_id for one in list_open_months(unit.unit.id, month)] == [
            market.xinhe.id
        ]
        with pytest.raises(NothingToInvoice):
            request_month(
                unit.actor,
                buying_unit_id=unit.unit.id,
                cooperative_id=market.nanjiang.id,
                month=month,
                title_id=title.id,
            )
        assert broken() == []

    @pytest.mark.parametrize(
        ("month", "ends"), [("2026-02", "2026-03-01"), ("2026-12", "2027-01-01")]
    )
    def test_a_month_ends_where_the_next_begins(self, month: str, ends: str) -> None:
        assert [day.isoformat() for day in month_of(month)] == [f"{month}-01", ends]
