"""A sale that counts, told over HTTP: three buyers, two cooperatives, and the offices that watch.

Nanjiang sells mutton, honeysuckle and tea, Xinhe an instrument. A clerk of a unit in Dongyang,
one in Jinyun and a shopper in Lishui each fill a cart from both. The same story is told in June
2020, when Jinyun is paired with Nanjiang, and in June 2026, when Dongyang is; Lishui is paired
with Xinhe in both. A third telling crosses the end of a year.
"""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from marketplace import clock
from orders.checkout import jobs as checkout_jobs
from orders.fulfilment import jobs as fulfilment_jobs
from tests.conftest import run_due_jobs
from tests.journeys.people import (
    DONGYANG,
    JINHUA,
    JINYUN,
    LIANDU,
    LISHUI,
    Story,
    accept,
    amounts,
    at,
    deliver_notices,
    refund,
    ship,
    told_of_all,
)
from tests.orders.invariants import broken


class TestJune2020:
    """Jinyun–Nanjiang, Lishui–Bazhong and Lishui–Xinhe are in force; Dongyang has no pairing yet."""

    def test_counts_for_those_who_are_paired(self, story: Callable[[datetime], Story]) -> None:
        scene = story(at(2020, 6, 10))
        jinyun = scene.buyer_for_unit("示例机关 · 缙云", JINYUN)
        dongyang = scene.buyer_for_unit("示例小学 · 东阳", DONGYANG)
        lishui = scene.shopper(LIANDU)
        baskets = (
            (jinyun, {"南江黄羊肉": 2, "南江大叶茶": 3, "热瓦普": 1}),
            (dongyang, {"南江黄羊肉": 1, "热瓦普": 1}),
            (lishui, {"南江金银花": 5, "热瓦普": 1}),
        )
        before: list[dict[str, dict[str, Any]]] = []
        bought: list[list[dict[str, Any]]] = []
        for buyer, basket in baskets:
            buyer.fill_cart(**basket)
            quote = buyer.quote()
            before.append(told_of_all(quote["orders"]))
            trade = buyer.place(quote)
            assert scene.figures(LISHUI, 2020)["confirmed"] == amounts()
            buyer.pay(trade)
            bought.append(buyer.orders(trade))

        # Told before paying, and the same after it.
        for said, orders in zip(before, bought, strict=True):
            after = told_of_all(orders)
            assert {name: each["reason"] for name, each in said.items()} == {
                name: each["reason"] for name, each in after.items()
            }
        assert {name: each["counts"] for name, each in before[0].items()} == {
            "南江黄羊肉": True,
            "南江大叶茶": True,
            "热瓦普": True,
        }
        assert "缙云县" in before[0]["南江黄羊肉"]["reason"]
        assert {each["counts"] for each in before[1].values()} == {False}
        assert {each["kind"] for each in before[2].values()} == {"assisted_sale"}

        # The county's own pairing and its share of the city's; nothing for Dongyang.
        direct = 2 * 5800 + 3 * 3333 + 88_000
        assisted = 5 * 4200 + 88_000
        assert scene.figures(JINYUN, 2020)["pending"] == amounts(direct)
        assert scene.figures(LISHUI, 2020)["pending"] == amounts(direct, assisted)
        assert scene.figures(DONGYANG, 2020)["pending"] == amounts()

        # The goods arrive, the window closes, and what was pending is confirmed.
        for (buyer, _), orders in zip(baskets, bought, strict=True):
            for order in orders:
                ship(scene, order)
                accept(buyer, order)
        scene.move_to(at(2020, 6, 18))
        fulfilment_jobs.complete_due_orders()
        assert scene.figures(LISHUI, 2020) == {
            "pending": amounts(),
            "confirmed": amounts(direct, assisted),
            "held": amounts(),
        }
        assert {order["state"] for order in jinyun.client.get("/api/v1/orders").json["items"]} == {
            "completed"
        }
        assert broken() == []

    def test_moves_the_report_line_by_line_and_a_refund_takes_it_back(
        self, story: Callable[[datetime], Story]
    ) -> None:
        scene = story(at(2020, 6, 10))
        jinyun = scene.buyer_for_unit("示例机关 · 缙云", JINYUN)
        [order, instruments] = jinyun.buy(南江黄羊肉=3, 南江大叶茶=1, 热瓦普=1)
        assert scene.figures(JINYUN, 2020)["pending"] == amounts(17_400 + 3333 + 88_000)

        # Before shipping: a piece less.
        refund(scene, jinyun, order, "南江黄羊肉", 1)
        assert scene.figures(JINYUN, 2020)["pending"] == amounts(11_600 + 3333 + 88_000)
        ship(scene, order)
        ship(scene, instruments)
        accept(jinyun, instruments)

        # Received by itself after ten days; a second piece goes back inside the window.
        scene.move_to(at(2020, 6, 21))
        fulfilment_jobs.accept_due_orders()
        refund(scene, jinyun, order, "南江黄羊肉", 1)
        assert scene.figures(JINYUN, 2020)["pending"] == amounts(5800 + 3333 + 88_000)
        scene.move_to(at(2020, 6, 29))
        fulfilment_jobs.complete_due_orders()
        fulfilment_jobs.complete_due_orders()
        confirmed = amounts(5800 + 3333 + 88_000)
        assert scene.figures(JINYUN, 2020)["confirmed"] == confirmed

        # The lines behind the figure add up to it.
        lines = scene.lines_behind(JINYUN, 2020)
        assert sum(line["amount_fen"] for line in lines) == confirmed["total_fen"]
        mutton = [line for line in lines if line["product_name"] == "南江黄羊肉"]
        assert sorted((line["stage"], line["amount_fen"]) for line in mutton) == [
            ("confirmed", 5800),
            ("pending", -5800),
            ("pending", -5800),
            ("pending", -5800),
            ("pending", 17_400),
        ]
        assert broken() == []


class TestToday:
    """Jinyun–Nanjiang has ended; Dongyang–Nanjiang and Lishui–Xinhe are in force."""

    def test_counts_for_the_pairings_of_today(self, story: Callable[[datetime], Story]) -> None:
        scene = story(at(2026, 6, 10))
        jinyun = scene.buyer_for_unit("示例机关 · 缙云", JINYUN)
        dongyang = scene.buyer_for_unit("示例小学 · 东阳", DONGYANG)
        lishui = scene.shopper(LIANDU)
        for_jinyun = told_of_all(jinyun.buy(南江黄羊肉=2, 热瓦普=1))
        for_dongyang = told_of_all(dongyang.buy(南江黄羊肉=1, 热瓦普=1))
        for_lishui = told_of_all(lishui.buy(南江金银花=5, 热瓦普=1))

        assert not for_jinyun["南江黄羊肉"]["counts"]
        assert "2021-03-31" in for_jinyun["南江黄羊肉"]["reason"].replace(
            "2021年3月31日", "2021-03-31"
        ).replace("2021 年 3 月 31 日", "2021-03-31")
        assert for_dongyang["南江黄羊肉"]["counts"]
        assert not for_dongyang["热瓦普"]["counts"]
        assert not for_lishui["南江金银花"]["counts"]
        assert {said["热瓦普"]["counts"] for said in (for_jinyun, for_lishui)} == {True}

        assert scene.figures(DONGYANG, 2026)["pending"] == amounts(5800)
        assert scene.figures(JINHUA, 2026)["pending"] == amounts(5800)
        assert scene.figures(JINYUN, 2026)["pending"] == amounts(88_000)
        assert scene.figures(LISHUI, 2026)["pending"] == amounts(88_000, 88_000)
        assert broken() == []

    def test_tells_a_buyer_whom_a_choice_of_attribution_would_help(
        self, story: Callable[[datetime], Story]
    ) -> None:
        scene = story(at(2026, 6, 10))
        shopper = scene.shopper(LIANDU)
        shopper.fill_cart(南江黄羊肉=1)
        assert not told_of_all(shopper.quote()["orders"])["南江黄羊肉"]["counts"]
        body = {"ship_to_code": LIANDU, "attribution": {"region_code": DONGYANG}}
        chosen = shopper.client.post("/api/v1/quotes", json=body).json
        assert told_of_all(chosen["orders"])["南江黄羊肉"]["counts"]
        assert chosen["attribution"]["explanation"] == "按您的选择，归属浙江省金华市东阳市"

    def test_moves_nothing_for_a_trade_that_is_not_paid(
        self, story: Callable[[datetime], Story]
    ) -> None:
        scene = story(at(2026, 6, 10))
        dongyang = scene.buyer_for_unit("示例小学 · 东阳", DONGYANG)
        dongyang.fill_cart(南江黄羊肉=100)
        trade = dongyang.place(dongyang.quote())
        dongyang.client.post(f"/api/v1/trades/{trade['id']}/payments", json={})
        other = scene.shopper(LIANDU)
        other.fill_cart(南江黄羊肉=1)
        assert other.quote()["unavailable"][0]["available"] == 0

        scene.move_to(at(2026, 6, 11))
        checkout_jobs.expire_trades()
        checkout_jobs.expire_trades()
        assert dongyang.client.get(f"/api/v1/trades/{trade['id']}").json["state"] == "expired"
        assert other.quote()["unavailable"] == []
        assert scene.figures(DONGYANG, 2026)["pending"] == amounts()
        assert broken() == []


class TestAcrossTheYearEnd:
    """Sold in December, confirmed and refunded in January: last year's figure moves."""

    def test_moves_the_year_of_the_sale(self, story: Callable[[datetime], Story]) -> None:
        scene = story(at(2025, 12, 28))
        dongyang = scene.buyer_for_unit("示例小学 · 东阳", DONGYANG)
        orders = dongyang.buy(南江黄羊肉=4)
        [order] = orders
        ship(scene, order)
        accept(dongyang, order)
        assert scene.figures(DONGYANG, 2025)["pending"] == amounts(23_200)

        scene.move_to(at(2026, 1, 6))
        fulfilment_jobs.complete_due_orders()
        assert scene.figures(DONGYANG, 2025) == {
            "pending": amounts(),
            "confirmed": amounts(23_200),
            "held": amounts(),
        }
        assert scene.figures(DONGYANG, 2026)["confirmed"] == amounts()

        line = order["lines"][0]
        body = {"order_line_id": line["id"], "quantity": 1, "reason": "一袋变质"}
        given = scene.manager(order).post(f"/api/v1/orders/{order['id']}/refunds", json=body)
        assert given.status_code == 201, given.text
        run_due_jobs()
        deliver_notices(dongyang.client)
        assert scene.figures(DONGYANG, 2025)["confirmed"] == amounts(17_400)
        assert scene.figures(DONGYANG, 2026)["confirmed"] == amounts()
        lines = scene.lines_behind(DONGYANG, 2025)
        assert {(each["booked_on"][:4], each["counting_year"]) for each in lines} == {
            ("2025", 2025),
            ("2026", 2025),
        }
        assert sum(each["amount_fen"] for each in lines) == 17_400
        assert clock.today().year == 2026
        assert broken() == []

    def test_counts_by_the_shanghai_day_of_payment(
        self, story: Callable[[datetime], Story]
    ) -> None:
        scene = story(datetime(2025, 12, 31, 15, 59, 30, tzinfo=UTC))
        dongyang = scene.buyer_for_unit("示例小学 · 东阳", DONGYANG)
        dongyang.fill_cart(南江黄羊肉=1)
        trade = dongyang.place(dongyang.quote())
        scene.move_to(datetime(2025, 12, 31, 16, 0, 0, tzinfo=UTC) + timedelta(seconds=5))
        dongyang.pay(trade)
        assert dongyang.orders(trade)[0]["sale_on"] == "2026-01-01"
        assert scene.figures(DONGYANG, 2025)["pending"] == amounts()
        assert scene.figures(DONGYANG, 2026)["pending"] == amounts(5800)
        assert broken() == []
