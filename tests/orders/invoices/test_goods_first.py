"""Invoices and papers of what a unit buys on terms: goods first, money later."""

import orjson
import pytest

from marketplace import secrets
from orders.invoices.service import month_of
from orders.invoices.showing import list_open_months
from orders.papers.models import PaperKind
from orders.papers.service import make_paper, write_paper
from orders.trades.models import Order, Trade
from tests.factories import invoices as make
from tests.factories.bank import Clerk, make_officers
from tests.factories.debts import buy_on_terms, make_clerk_on_terms, repay_online
from tests.factories.orders import Market, deliver, make_market, orders_of, trade_of
from tests.orders.invariants import broken


@pytest.fixture
def market() -> Market:
    return make_market()


@pytest.fixture
def clerk() -> Clerk:
    return make_clerk_on_terms(make_officers())


@pytest.fixture
def order(market: Market, clerk: Clerk) -> Order:
    return orders_of(buy_on_terms(clerk.actor, [(market.mutton, 2)]).id)[0]


class TestGoodsFirst:
    def test_the_invoice_may_come_before_the_money(
        self, market: Market, clerk: Clerk, order: Order
    ) -> None:
        invoice = make.issue(market.nanjiang.actor, make.ask(clerk.actor, [order]))
        assert make.printed(invoice) == [("南江黄羊肉", 2, 116_00)]
        assert broken() == []

    def test_stands_in_the_month_of_its_acceptance(
        self, market: Market, clerk: Clerk, order: Order
    ) -> None:
        month = order.placed_at.strftime("%Y-%m")
        assert list_open_months(clerk.unit.id, month) == []
        delivered = deliver(clerk.actor, market.nanjiang, order)
        assert delivered.sale_on is not None
        month = delivered.sale_on.strftime("%Y-%m")
        assert month_of(month)[0] <= delivered.sale_on
        assert [one.amount_fen for one in list_open_months(clerk.unit.id, month)] == [116_00]

    def test_the_contract_says_so_and_not_when_it_was_paid(
        self, clerk: Clerk, order: Order
    ) -> None:
        repay_online(clerk.actor, _trade(order))
        paper = make_paper(clerk.actor, order.id, kind=PaperKind.CONTRACT)
        content = orjson.loads(secrets.unseal(paper.content_sealed))
        assert (content["goods_first"], content["paid_on"]) == (True, None)
        assert write_paper(paper).startswith(b"%PDF-")


def _trade(order: Order) -> Trade:
    return trade_of(order.trade_id)
