"""My orders in pages: tabs with counts, one order's course and result."""

import re
import uuid

import pytest
from flask.testing import FlaskClient

from marketplace.money import yuan
from orders.aftersales.service import apply_for_refund, give_refund
from orders.fulfilment.service import ShipItem
from orders.orderbook.couriers import COURIERS, courier_name
from orders.orderbook.showing import show_order
from orders.orderbook.wording import course
from orders.trades.models import Order
from orders.trades.queries import get_order
from orders.trades.states import OrderState
from tests.factories import identity
from tests.factories.orders import (
    DONGYANG,
    Market,
    buy,
    deliver,
    lines_of,
    make_market,
    orders_of,
    place,
    ship,
)


@pytest.fixture
def market() -> Market:
    return make_market()


@pytest.fixture
def token(client: FlaskClient, market: Market) -> str:
    return identity.sign_in_page(client, market.shopper)


def tab_counts(page: str) -> dict[str, str]:
    nav = page.split('class="tabs"')[1].split("</nav>", maxsplit=1)[0]
    return dict(re.findall(r">([^<>]+)<span class=\"count\">(\d+)</span>", nav))


class TestShowMyOrders:
    def test_counts_each_tab(self, client: FlaskClient, token: str, market: Market) -> None:
        place(market.buyer, [(market.tea, 1)])
        [order] = buy(market.buyer, [(market.mutton, 1)])
        buy(market.buyer, [(market.mutton, 1)])
        ship(market.nanjiang, order)
        apply_for_refund(
            market.buyer, order.id, order_line_id=lines_of(order)[0].id, quantity=1, reason="坏了"
        )
        page = client.get("/orders").text
        assert tab_counts(page) == {"待付款": "1", "待发货": "1", "待收货": "1", "售后": "1"}

    def test_a_tab_shows_its_orders_only(
        self, client: FlaskClient, token: str, market: Market
    ) -> None:
        unpaid = orders_of(place(market.buyer, [(market.tea, 1)]).trade.id)[0]
        [paid] = buy(market.buyer, [(market.mutton, 1)])
        page = client.get("/orders?tab=unpaid").text
        assert unpaid.order_no in page
        assert paid.order_no not in page
        assert client.get("/orders?tab=after_sales").text.count("<article") == 0

    def test_nobody_sees_the_orders_of_others(self, client: FlaskClient, market: Market) -> None:
        [order] = buy(market.buyer, [(market.mutton, 1)])
        identity.sign_in_page(client, identity.make_account())
        assert order.order_no not in client.get("/orders").text

    def test_a_long_list_goes_on(self, client: FlaskClient, token: str, market: Market) -> None:
        for _ in range(11):
            buy(market.buyer, [(market.mutton, 1)])
        page = client.get("/orders").text
        assert page.count("<article") == 10
        following = re.search(r'href="(/orders\?tab=&amp;after=[^"]+)"', page)
        assert following is not None
        assert client.get(following[1].replace("&amp;", "&")).text.count("<article") == 1


class TestViewMyOrder:
    def test_shows_course_result_and_address(
        self, client: FlaskClient, token: str, market: Market
    ) -> None:
        [order] = buy(market.buyer, [(market.mutton, 2)], DONGYANG)
        ship(market.nanjiang, order, courier_code="sf", waybill_no="SF1234567890")
        page = client.get(f"/orders/{order.id}").text
        for said in (
            "待收货", "顺丰速运", "SF1234567890", "计入东阳市—南江县结对任务",
            "帮助销售 · ¥116.00 · 待确认", "示例收货人", "自动确认收货",
        ):  # fmt: skip
            assert said in page

    def test_says_what_is_in_each_parcel_and_what_is_still_to_come(
        self, client: FlaskClient, token: str, market: Market
    ) -> None:
        [order] = buy(market.buyer, [(market.mutton, 3)])
        [line] = lines_of(order)
        for number in ("SF1234567891", "SF1234567892"):
            ship(market.nanjiang, order, items=[ShipItem(line.id, 1)], waybill_no=number)
        page = client.get(f"/orders/{order.id}").text
        [first, second] = re.findall(r"包裹 \d.*?</section>", page, re.S)
        assert "SF1234567891" in first
        assert "SF1234567892" in second
        for parcel in (first, second):
            assert "南江黄羊肉" in parcel
            assert "1 袋" in parcel
        assert "还需发 1 袋，共 3 袋" in page

    def test_is_not_found_by_others(self, client: FlaskClient, market: Market) -> None:
        [order] = buy(market.buyer, [(market.mutton, 1)])
        identity.sign_in_page(client, identity.make_account())
        assert client.get(f"/orders/{order.id}").status_code == 404


class TestAcceptMyOrder:
    def test_the_goods_are_accepted(self, client: FlaskClient, token: str, market: Market) -> None:
        [order] = buy(market.buyer, [(market.mutton, 1)])
        ship(market.nanjiang, order)
        client.post(f"/orders/{order.id}/accept", data={"csrf_token": token})
        page = client.get(f"/orders/{order.id}").text
        assert "已确认收货" in page
        assert "售后期到" in page

    def test_too_early_is_said(self, client: FlaskClient, token: str, market: Market) -> None:
        [order] = buy(market.buyer, [(market.mutton, 1)])
        client.post(f"/orders/{order.id}/accept", data={"csrf_token": token})
        assert "尚未全部发出" in client.get(f"/orders/{order.id}").text


class TestCourse:
    def tones(self, market: Market, order: Order) -> list[str]:
        shown = show_order(market.buyer, get_order(market.buyer, order.id))
        return [step.tone for step in course(shown)]

    def test_one_step_is_next_and_the_rest_is_to_come(self, market: Market) -> None:
        [order] = buy(market.buyer, [(market.mutton, 1)])
        assert self.tones(market, order) == ["done", "done", "now", "todo", "todo"]

    def test_ends_when_the_window_has_closed(self, market: Market) -> None:
        [order] = buy(market.buyer, [(market.mutton, 1)])
        order = deliver(market.buyer, market.nanjiang, order)
        assert order.state is OrderState.ACCEPTED
        assert self.tones(market, order) == ["done", "done", "done", "done", "now"]

    @pytest.mark.parametrize("fen", [11_600, 100])
    def test_of_an_order_whose_goods_all_went_back_says_so(
        self, client: FlaskClient, market: Market, fen: int
    ) -> None:
        [order] = buy(market.buyer, [(market.mutton, 2)])
        ship(market.nanjiang, order)
        give_refund(
            market.nanjiang.actor, order.id, order_line_id=lines_of(order)[0].id, quantity=2,
            amount_fen=fen, reason="变质",
        )  # fmt: skip
        identity.sign_in_page(client, market.shopper)
        page = client.get(f"/orders/{order.id}").text
        assert "商品已全部退回" in page
        assert f"/orders/{order.id}/accept" not in page
        assert ("订单已取消" in page) is (fen == 11_600)


class TestATradeOfSeveralOrders:
    def test_is_paid_in_one_sum_and_says_so(
        self, client: FlaskClient, token: str, market: Market
    ) -> None:
        whole = place(market.buyer, [(market.mutton, 1), (market.rawap, 1)])
        sum_ = yuan(whole.trade.total_fen)
        listed = client.get("/orders").text
        assert listed.count(f"2 单一起付款 ¥{sum_}") == 2
        assert "去付款" not in listed
        for order in orders_of(whole.trade.id):
            page = client.get(f"/orders/{order.id}").text
            assert f"和另外 1 单是一起提交的，一次付清，共 {sum_} 元" in page
        assert "取消全部 2 单" in client.get(f"/trades/{whole.trade.id}/pay").text


class TestAnOrderThatCountsForNothing:
    def test_is_not_told_that_it_is_pending(
        self, client: FlaskClient, token: str, market: Market
    ) -> None:
        [order] = buy(market.buyer, [(market.rawap, 1)], DONGYANG)
        pages = [client.get(f"/orders/{order.id}").text]
        order = deliver(market.buyer, market.xinhe, order)
        pages.append(client.get(f"/orders/{order.id}").text)
        assert "不计入结对任务" in pages[0]
        for page in pages:
            assert "计入待确认" not in page
            assert "确认计入" not in page
            assert "计入日期" not in page
        assert "已收货，售后期满后交易完成" in pages[1]


class TestCourierName:
    def test_every_courier_has_a_code_that_a_parcel_may_carry(self) -> None:
        assert all(re.fullmatch(r"[a-z0-9_]{2,30}", code) for code in COURIERS)

    def test_an_unknown_one_is_told_by_its_code(self) -> None:
        assert courier_name("pigeon") == "pigeon"


def test_an_unknown_order_is_not_found(client: FlaskClient, token: str) -> None:
    assert client.get(f"/orders/{uuid.uuid4()}").status_code == 404
