"""An issued invoice made out anew: asked, answered, reversed, asked for by itself again."""

import pytest
from sqlalchemy import select

from marketplace.database import db
from orders.invoice_replacements import queries, service
from orders.invoice_replacements.errors import (
    NoReplacementAsked,
    ReplacementAskedAlready,
    ReplacementChangesNothing,
    ReplacementStateForbids,
)
from orders.invoice_replacements.models import InvoiceReplacement, ReplacementState
from orders.invoices.errors import (
    InvoiceNotFound,
    InvoiceStateForbids,
    NothingToReverse,
    TitleUnfitForSpecial,
)
from orders.invoices.models import Invoice
from orders.invoices.reversing import reverse_invoice
from orders.invoices.states import InvoiceState, InvoiceType
from orders.trades.models import Order
from tests.factories import invoices as make
from tests.factories.orders import Market, buy, make_market
from tests.factories.units import make_unit
from tests.orders.invariants import broken
from tests.orders.invoices.refunding import refund


@pytest.fixture
def market() -> Market:
    return make_market()


@pytest.fixture
def order(market: Market) -> Order:
    [bought] = buy(market.buyer, [(market.mutton, 2), (market.tea, 1)])
    return bought


@pytest.fixture
def blue(market: Market, order: Order) -> Invoice:
    return make.issue(market.nanjiang.actor, make.ask(market.buyer, [order]))


def wish_for(market: Market, blue: Invoice, name: str = "示例中学附属小学") -> InvoiceReplacement:
    title = make.make_title(market.buyer, name=name)
    return service.ask(
        market.buyer,
        blue.id,
        title_id=title.id,
        invoice_type=InvoiceType.SPECIAL,
        reason="改开专用发票",
    )


def successor_of(wish: InvoiceReplacement) -> Invoice:
    return db.session.scalars(select(Invoice).where(Invoice.id == wish.successor_id)).one()


class TestAgree:
    def test_asks_anew_once_the_old_one_is_taken_back(
        self, market: Market, order: Order, blue: Invoice
    ) -> None:
        wish = wish_for(market, blue)
        red = service.agree(market.nanjiang.actor, blue.id)
        assert (wish.state, red.amount_fen) == (ReplacementState.AGREED, blue.amount_fen)
        assert broken() == []
        make.issue(market.nanjiang.actor, red)
        new = successor_of(wish)
        assert wish.state is ReplacementState.DONE
        assert blue.state is InvoiceState.REVERSED
        assert (new.state, new.invoice_type) == (InvoiceState.REQUESTED, InvoiceType.SPECIAL)
        assert (new.title.name, new.amount_fen) == ("示例中学附属小学", blue.amount_fen)
        assert new.account_id == market.buyer.account_id
        assert queries.find_origin(new) == blue
        assert broken() == []
        make.issue(market.nanjiang.actor, new)
        assert broken() == []

    def test_leaves_out_what_goes_back_in_between(
        self, market: Market, order: Order, blue: Invoice
    ) -> None:
        wish = wish_for(market, blue)
        red = service.agree(market.nanjiang.actor, blue.id)
        refund(market, order, "南江黄羊肉", quantity=1)
        make.issue(market.nanjiang.actor, red)
        assert successor_of(wish).amount_fen == blue.amount_fen - 58_00
        assert broken() == []

    def test_of_a_units_month_keeps_unit_and_month(self, market: Market) -> None:
        unit = make_unit()
        orders = [*unit.buy([(market.mutton, 1)]), *unit.buy([(market.tea, 2)])]
        blue = make.issue(market.nanjiang.actor, make.ask(unit.actor, orders, month="2026-03"))
        title = make.make_title(unit.actor, unit_id=unit.unit.id, name="示例单位食堂")
        wish = service.ask(
            unit.actor, blue.id, title_id=title.id,
            invoice_type=InvoiceType.ORDINARY, reason="抬头写错",
        )  # fmt: skip
        make.issue(market.nanjiang.actor, service.agree(market.nanjiang.actor, blue.id))
        new = successor_of(wish)
        assert (new.month, new.buying_unit_id) == ("2026-03", unit.unit.id)
        assert make.printed(new) == make.printed(blue)
        assert broken() == []

    def test_is_the_same_where_the_seller_takes_it_back_without_a_word(
        self, market: Market, blue: Invoice
    ) -> None:
        wish = wish_for(market, blue)
        red = reverse_invoice(market.nanjiang.actor, blue.id, reason="抬头有误")
        make.issue(market.nanjiang.actor, red)
        assert wish.state is ReplacementState.DONE
        assert broken() == []

    def test_lapses_where_everything_goes_back(
        self, market: Market, order: Order, blue: Invoice
    ) -> None:
        wish = wish_for(market, blue)
        refund(market, order, "南江黄羊肉", quantity=2)
        refund(market, order, "南江大叶茶", quantity=1)
        with pytest.raises(NothingToReverse):
            service.agree(market.nanjiang.actor, blue.id)
        reds = db.session.scalars(select(Invoice).where(Invoice.original_id == blue.id)).all()
        for red in reds:
            make.issue(market.nanjiang.actor, red)
        assert (wish.state, wish.successor_id) == (ReplacementState.LAPSED, None)
        assert broken() == []

    def test_is_said_once(self, market: Market, blue: Invoice) -> None:
        wish_for(market, blue)
        service.agree(market.nanjiang.actor, blue.id)
        with pytest.raises(ReplacementStateForbids):
            service.agree(market.nanjiang.actor, blue.id)
        with pytest.raises(ReplacementStateForbids):
            service.withdraw(market.buyer, blue.id)


class TestAsk:
    def test_once_at_a_time(self, market: Market, blue: Invoice) -> None:
        wish_for(market, blue)
        with pytest.raises(ReplacementAskedAlready):
            wish_for(market, blue)
        service.decline(market.nanjiang.actor, blue.id, reason="原发票已抵扣")
        again = wish_for(market, blue)
        assert [one.state for one in queries.list_wishes(blue)] == [
            ReplacementState.ASKED, ReplacementState.DECLINED,
        ]  # fmt: skip
        service.withdraw(market.buyer, blue.id)
        assert again.state is ReplacementState.WITHDRAWN
        assert blue.state is InvoiceState.ISSUED
        assert broken() == []

    def test_refuses_what_changes_nothing(self, market: Market, order: Order) -> None:
        title = make.make_title(market.buyer)
        invoice = make.request_invoice(market.buyer, order_ids=[order.id], title_id=title.id)
        blue = make.issue(market.nanjiang.actor, invoice)
        with pytest.raises(ReplacementChangesNothing):
            service.ask(
                market.buyer, blue.id, title_id=title.id,
                invoice_type=InvoiceType.ORDINARY, reason="抬头写错",
            )  # fmt: skip

    def test_refuses_a_title_unfit_for_the_type(self, market: Market, blue: Invoice) -> None:
        title = make.make_title(market.buyer, bank_name="", account_no="")
        with pytest.raises(TitleUnfitForSpecial):
            service.ask(
                market.buyer, blue.id, title_id=title.id,
                invoice_type=InvoiceType.SPECIAL, reason="改开专用发票",
            )  # fmt: skip

    def test_refuses_a_request_and_what_was_taken_back(self, market: Market, order: Order) -> None:
        invoice = make.ask(market.buyer, [order])
        with pytest.raises(InvoiceStateForbids):
            wish_for(market, invoice)
        blue = make.issue(market.nanjiang.actor, invoice)
        reverse_invoice(market.nanjiang.actor, blue.id, reason="税率有误")
        with pytest.raises(NothingToReverse):
            wish_for(market, blue)

    def test_is_the_buyers_and_answering_the_sellers(self, market: Market, blue: Invoice) -> None:
        title = make.make_title(market.nanjiang.actor)
        with pytest.raises(InvoiceNotFound):
            service.ask(
                market.nanjiang.actor, blue.id, title_id=title.id,
                invoice_type=InvoiceType.ORDINARY, reason="抬头写错",
            )  # fmt: skip
        wish_for(market, blue)
        for foreign in (market.buyer, market.xinhe.actor):
            with pytest.raises(InvoiceNotFound):
                service.agree(foreign, blue.id)

    def test_answering_needs_a_wish(self, market: Market, blue: Invoice) -> None:
        with pytest.raises(NoReplacementAsked):
            service.agree(market.nanjiang.actor, blue.id)
