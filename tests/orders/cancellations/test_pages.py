"""Calling off in pages: the buyer's form, the cooperative's answer, reminders and remarks."""

from datetime import timedelta

import pytest
from flask.testing import FlaskClient

from marketplace import clock
from orders.cancellations.models import CancellationReason
from orders.cancellations.service import cancel_order
from orders.fulfilment.picking import pick_order
from orders.fulfilment.service import ShipItem
from orders.trades.models import Order
from orders.trades.states import OrderState
from products.catalogue.models import ReturnClass
from tests.factories import identity
from tests.factories.orders import (
    Market,
    buy,
    lines_of,
    make_market,
    orders_of,
    ship,
    stock_up,
)


@pytest.fixture
def market() -> Market:
    return make_market()


@pytest.fixture
def order(market: Market) -> Order:
    return buy(market.buyer, [(market.mutton, 2)])[0]


def state_of(order: Order) -> OrderState:
    return orders_of(order.trade_id)[0].state


class TestCancelOrder:
    def test_says_that_it_is_done_at_once_and_does_it(
        self, client: FlaskClient, market: Market, order: Order
    ) -> None:
        token = identity.sign_in_page(client, market.shopper)
        assert f"/orders/{order.id}/cancel" in client.get(f"/orders/{order.id}").text
        assert "立即取消" in client.get(f"/orders/{order.id}/cancel").text
        values = {"csrf_token": token, "reason": "not_wanted"}
        assert client.post(f"/orders/{order.id}/cancel", data=values).status_code == 303
        page = client.get(f"/orders/{order.id}").text
        assert "买家：不想要了" in page
        assert state_of(order) is OrderState.CANCELLED

    def test_asks_for_a_reason(self, client: FlaskClient, market: Market, order: Order) -> None:
        token = identity.sign_in_page(client, market.shopper)
        refused = client.post(f"/orders/{order.id}/cancel", data={"csrf_token": token})
        assert refused.status_code == 422
        assert "error-text" in refused.text

    def test_once_packed_waits_for_the_cooperative(
        self, client: FlaskClient, market: Market, order: Order
    ) -> None:
        pick_order(market.nanjiang.actor, order.id)
        token = identity.sign_in_page(client, market.shopper)
        form = client.get(f"/orders/{order.id}/cancel").text
        assert "合作社已经开始备货，取消要先经合作社同意。24 小时" in form
        values = {"csrf_token": token, "reason": "bought_twice"}
        client.post(f"/orders/{order.id}/cancel", data=values)
        assert "撤回，照常发货" in client.get(f"/orders/{order.id}").text
        paid = client.get(f"/trades/{order.trade_id}/pay").text
        assert "您已申请取消，正等合作社答复" in paid
        assert "尽快发货" not in paid
        seller = client.application.test_client()
        token = identity.sign_in_page(seller, market.nanjiang.manager)
        assert order.order_no in seller.get("/desk/orders?tab=to_cancel").text
        address = f"/desk/orders/{order.id}/cancellation/answer"
        seller.post(address, data={"csrf_token": token, "decision": "refuse"})
        assert "不同意取消须写明理由" in seller.get(f"/desk/orders/{order.id}").text
        seller.post(address, data={"csrf_token": token, "decision": "agree"})
        assert state_of(order) is OrderState.CANCELLED

    def test_says_where_goods_are_made_for_this_buyer_and_nothing_has_begun(
        self, client: FlaskClient, market: Market
    ) -> None:
        sku = stock_up(market.nanjiang, "定制竹编", return_class=ReturnClass.CUSTOM_MADE)
        [order] = buy(market.buyer, [(sku, 1)])
        identity.sign_in_page(client, market.shopper)
        form = client.get(f"/orders/{order.id}/cancel").text
        assert "定制商品，取消要先经合作社同意" in form
        assert "开始备货" not in form

    def test_of_one_order_of_a_trade_is_told_where_it_was_paid(
        self, client: FlaskClient, market: Market
    ) -> None:
        orders = buy(market.buyer, [(market.mutton, 1), (market.rawap, 1)])
        [first] = [one for one in orders if one.cooperative_id == market.nanjiang.id]
        pick_order(market.nanjiang.actor, first.id)
        cancel_order(market.buyer, first.id, reason=CancellationReason.NOT_WANTED)
        identity.sign_in_page(client, market.shopper)
        paid = client.get(f"/trades/{first.trade_id}/pay").text
        assert "其中 1 单您已申请取消，正等合作社答复" in paid
        assert "其余的，合作社会尽快发货" in paid


class TestCancelSale:
    def test_from_the_desk(self, client: FlaskClient, market: Market, order: Order) -> None:
        token = identity.sign_in_page(client, market.nanjiang.manager)
        assert "发不了货" in client.get(f"/desk/orders/{order.id}").text
        values = {"csrf_token": token, "reason": "out_of_stock", "note": "今年歉收"}
        client.post(f"/desk/orders/{order.id}/cancel-sale", data=values)
        assert state_of(order) is OrderState.CANCELLED
        page = client.get(f"/desk/orders/{order.id}").text
        assert "缺货" in page
        assert "订单已取消，款项原路退回" in page

    def test_of_a_rest_says_which_pieces_and_how_much(
        self, client: FlaskClient, market: Market
    ) -> None:
        [order] = buy(market.buyer, [(market.mutton, 3), (market.tea, 1)])
        ship(market.nanjiang, order, items=[ShipItem(lines_of(order)[0].id, 1)])
        buyer = client.application.test_client()
        identity.sign_in_page(buyer, market.shopper)
        assert "只取消还没发出的 3 件" in buyer.get(f"/orders/{order.id}/cancel").text
        token = identity.sign_in_page(client, market.nanjiang.manager)
        assert "取消未发出的 3 件并退款" in client.get(f"/desk/orders/{order.id}").text
        values = {"csrf_token": token, "reason": "out_of_stock"}
        client.post(f"/desk/orders/{order.id}/cancel-sale", data=values)
        page = client.get(f"/desk/orders/{order.id}").text
        told = "未发出的 3 件已取消，149.33 元原路退回"
        assert page.count(told) == 2
        assert ">149.33</span>" in page[page.index("其中退款") :].partition("</div>")[0]
        assert "订单已取消" not in page
        assert told in buyer.get(f"/orders/{order.id}").text


class TestRemindToShip:
    def test_shows_at_the_desk(self, client: FlaskClient, market: Market, order: Order) -> None:
        token = identity.sign_in_page(client, market.shopper)
        client.post(f"/orders/{order.id}/remark", data={"csrf_token": token, "remark": "周末送货"})
        assert "催发货" not in client.get(f"/orders/{order.id}").text
        with clock.travel(clock.now() + timedelta(hours=49)):
            client = client.application.test_client()
            token = identity.sign_in_page(client, market.shopper)
            client.post(f"/orders/{order.id}/remind", data={"csrf_token": token})
            seller = client.application.test_client()
            identity.sign_in_page(seller, market.nanjiang.manager)
            page = seller.get("/desk/orders?tab=overdue").text
        assert "买家催发货 1 次" in page
        assert "周末送货" in page
