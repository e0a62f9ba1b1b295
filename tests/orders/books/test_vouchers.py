"""From a thing to its vouchers and back, for those who may read the books."""

import pytest
from flask import Flask, g
from flask.testing import FlaskClient

from marketplace.identity.actor import Actor
from marketplace.permissions import Role
from orders.aftersales.service import give_refund
from orders.books.showing import show_entry
from orders.books.vouchers import ShownVoucher, list_vouchers
from orders.journal.chart import ENTRY_TITLES
from orders.journal.models import EntryKind as K
from orders.trades.models import Order
from tests.factories.identity import make_account, make_actor, sign_in_page
from tests.factories.orders import Market, buy, deliver, lines_of, make_market, send_back
from tests.factories.settlements import complete_later


@pytest.fixture
def market() -> Market:
    return make_market()


def vouchers(app: Flask, reader: Actor, kind: str, thing: Order) -> list[ShownVoucher]:
    with app.test_request_context():
        g.actor = reader
        return list_vouchers(kind, thing.id)


class TestListVouchers:
    def test_leads_from_an_order_to_what_was_booked_and_back(
        self, app: Flask, market: Market
    ) -> None:
        order, other = (buy(market.buyer, [(sku, 1)])[0] for sku in (market.tea, market.rawap))
        deliver(market.buyer, market.nanjiang, order)
        complete_later(order)
        found = vouchers(app, make_actor(Role.AUDITOR), "order", order)
        titles = [one.title for one in found]
        expected = (K.PAYMENT_CAPTURED, K.TRADE_PAID, K.ORDER_COMPLETED)
        assert [
            title for title in titles if title in {ENTRY_TITLES[kind] for kind in expected}
        ] == [ENTRY_TITLES[kind] for kind in expected]
        assert {one.amount_fen for one in found} == {order.total_fen}
        papers = [show_entry(one.id).paper for one in found]
        assert {paper.href for paper in papers if paper} == {f"/orders/{order.id}"}
        assert vouchers(app, make_actor(Role.AUDITOR), "order", other)

    def test_stand_on_the_page_of_the_order_for_auditors_only(
        self, client: FlaskClient, market: Market
    ) -> None:
        [order] = buy(market.buyer, [(market.tea, 1)])
        deliver(market.buyer, market.nanjiang, order)
        line = lines_of(order)[0]
        send_back(give_refund(market.nanjiang.actor, order.id, order_line_id=line.id,
                              quantity=1, reason="少发"))  # fmt: skip
        sign_in_page(client, make_account(role=Role.AUDITOR))
        page = client.get(f"/orders/{order.id}").text
        for said in (
            "记账凭证",
            "经办记录",
            "同意售后",
            "发起退款",
            str(ENTRY_TITLES[K.REFUND_PAID]),
            "/desk/journal/entries/",
        ):
            assert said in page
        sign_in_page(client, market.shopper)
        page = client.get(f"/orders/{order.id}").text
        assert "记账凭证" not in page
        assert "经办记录" not in page

    def test_are_not_for_a_cooperative(self, app: Flask, market: Market) -> None:
        [order] = buy(market.buyer, [(market.tea, 1)])
        assert vouchers(app, market.nanjiang.actor, "order", order) == []
