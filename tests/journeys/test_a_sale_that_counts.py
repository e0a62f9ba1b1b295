"""A sale that counts, told over HTTP: three buyers, two cooperatives, and the offices that watch.

Nanjiang sells mutton, honeysuckle and tea, Xinhe an instrument. A clerk of a unit in Dongyang,
one in Jinyun and a shopper in Lishui each fill a cart from both. The same story is told in June
2020, when Jinyun is paired with Nanjiang, and in June 2026, when Dongyang is; Lishui is paired
with Xinhe in both. A third telling crosses the end of a year.
"""

import itertools
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from marketplace import clock
from marketplace.identity.models import Account
from marketplace.permissions import Role
from orders.checkout import jobs as checkout_jobs
from orders.fulfilment import jobs as fulfilment_jobs
from orders.payments.sandbox import service as sandbox
from products.catalogue.models import ProductKind
from tests.conftest import run_due_jobs
from tests.factories.identity import make_account, sign_in
from tests.factories.orders import Seller, make_seller, stock_up
from tests.factories.partners import make_buying_unit, office_of
from tests.factories.payments import take_notices
from tests.orders.invariants import broken

NANJIANG, XINHE = "511922", "652925"
DONGYANG, JINYUN, LIANDU, LISHUI, JINHUA = "330783", "331122", "331102", "331100", "330700"
SCHEME = "pairing"
_waybills = itertools.count(1)


@dataclass
class Story:
    """The people of the story, each with a client of their own."""

    app: Flask
    travel: Callable[[datetime], None]
    nanjiang: Seller
    xinhe: Seller
    officers: dict[str, FlaskClient] = field(default_factory=dict)
    signed_in: list[tuple[FlaskClient, Account]] = field(default_factory=list)

    def client_of(self, account: Account) -> FlaskClient:
        client = self.app.test_client()
        sign_in(client, account)
        self.signed_in.append((client, account))
        return client

    def move_to(self, instant: datetime) -> None:
        """Let time pass; sessions do not outlive days, so everybody signs in again."""
        self.travel(instant)
        for client, account in self.signed_in:
            sign_in(client, account)

    def buyer_for_unit(self, name: str, region_code: str) -> "Buyer":
        unit = make_buying_unit(name=name, region_code=region_code)
        clerk = make_account(role=Role.BUYING_UNIT_CLERK, scope=unit.id)
        return Buyer(self, self.client_of(clerk), region_code)

    def shopper(self, region_code: str) -> "Buyer":
        return Buyer(self, self.client_of(make_account()), region_code)

    def figures(self, region_code: str, year: int) -> dict[str, dict[str, int]]:
        """Return what a region's office reads of its year, by stage."""
        if region_code not in self.officers:
            officer = make_account(role=Role.OFFICE_OFFICER, scope=office_of(region_code).id)
            self.officers[region_code] = self.client_of(officer)
        answer = self.officers[region_code].get(f"/api/v1/quota-reports/{region_code}?year={year}")
        assert answer.status_code == 200, answer.text
        total = answer.json["total"]
        return {stage: total[stage] for stage in ("pending", "confirmed", "held")}

    def lines_behind(self, region_code: str, year: int) -> list[dict[str, Any]]:
        """Return the credits behind a region's year, every page of them."""
        self.figures(region_code, year)
        client, found, after = self.officers[region_code], [], None
        while True:
            query = {"year": year, "limit": 3} | ({"after": after} if after else {})
            page = client.get(f"/api/v1/quota-reports/{region_code}/lines", query_string=query).json
            found += page["items"]
            after = page["next"]
            if after is None:
                return found

    def manager(self, order: dict[str, Any]) -> FlaskClient:
        sellers = {str(seller.id): seller for seller in (self.nanjiang, self.xinhe)}
        return self.client_of(sellers[order["cooperative_id"]].manager)


@dataclass
class Buyer:
    """One who buys: by cart, quote, trade and payment."""

    story: Story
    client: FlaskClient
    region_code: str

    def fill_cart(self, **quantities: int) -> None:
        skus = self.story.nanjiang.skus | self.story.xinhe.skus
        for name, quantity in quantities.items():
            body = {"sku_id": str(skus[name].id), "quantity": quantity}
            assert self.client.post("/api/v1/cart/lines", json=body).status_code == 200

    def quote(self) -> dict[str, Any]:
        answer = self.client.post("/api/v1/quotes", json={"ship_to_code": self.region_code})
        assert answer.status_code == 200, answer.text
        body: dict[str, Any] = answer.json
        return body

    def place(self, quote: dict[str, Any]) -> dict[str, Any]:
        body = {
            "ship_to_code": self.region_code,
            "quote_digest": quote["quote_digest"],
            "ship_to": {"name": "示例收货人", "phone": "13800138000", "address": "示例路 1 号"},
        }
        key = {"Idempotency-Key": str(uuid.uuid4())}
        answer = self.client.post("/api/v1/trades", json=body, headers=key)
        assert answer.status_code == 201, answer.text
        trade: dict[str, Any] = answer.json
        return trade

    def pay(self, trade: dict[str, Any]) -> None:
        """Pay at the provider's; the shop hears of it by notices, each of which comes twice."""
        payment = self.client.post(f"/api/v1/trades/{trade['id']}/payments", json={}).json
        assert payment["amount_fen"] == trade["total_fen"]
        assert sandbox.confirm_payment(payment["redirect_url"].rsplit("/", 1)[-1])
        deliver_notices(self.client)
        paid = self.client.get(f"/api/v1/payments/{payment['id']}").json
        assert (paid["state"], paid["outcome"]) == ("succeeded", "accepted")

    def orders(self, trade: dict[str, Any]) -> list[dict[str, Any]]:
        found = self.client.get(f"/api/v1/orders?trade_id={trade['id']}").json["items"]
        return sorted(found, key=lambda order: order["cooperative_name"])

    def buy(self, **quantities: int) -> list[dict[str, Any]]:
        self.fill_cart(**quantities)
        trade = self.place(self.quote())
        self.pay(trade)
        return self.orders(trade)


def deliver_notices(client: FlaskClient) -> None:
    for notice in take_notices():
        assert notice.post(client) == 204
        assert notice.post(client) == 204


def told(goods: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Return what a quote or order says of each product under the pairing scheme."""
    return {
        line["product_name"]: next(help_ for help_ in line["helps"] if help_["scheme"] == SCHEME)
        for line in goods["lines"]
    }


def told_of_all(orders: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    return {name: help_ for order in orders for name, help_ in told(order).items()}


def amounts(direct: int = 0, assisted: int = 0) -> dict[str, int]:
    return {
        "direct_purchase_fen": direct,
        "assisted_sale_fen": assisted,
        "total_fen": direct + assisted,
    }


def ship(story: Story, order: dict[str, Any]) -> None:
    parcel = {"courier_code": "sf", "waybill_no": f"SF{next(_waybills):010d}"}
    answer = story.manager(order).post(f"/api/v1/orders/{order['id']}/ship", json=parcel)
    assert answer.status_code == 201, answer.text


def accept(buyer: Buyer, order: dict[str, Any]) -> None:
    answer = buyer.client.post(f"/api/v1/orders/{order['id']}/accept")
    assert answer.json["state"] == "accepted"


def refund(story: Story, buyer: Buyer, order: dict[str, Any], name: str, quantity: int) -> None:
    """Have pieces of a product refunded: asked for, agreed, sent, and told by the provider."""
    line = next(line for line in order["lines"] if line["product_name"] == name)
    body = {"order_line_id": line["id"], "quantity": quantity, "reason": "包装破损"}
    asked = buyer.client.post(f"/api/v1/orders/{order['id']}/aftersales", json=body)
    assert asked.status_code == 201, asked.text
    manager = story.manager(order)
    agreed = manager.post(f"/api/v1/aftersales/{asked.json['id']}/agree", json={})
    assert agreed.json["state"] == "awaiting_refund"
    run_due_jobs()
    deliver_notices(buyer.client)
    done = buyer.client.get(f"/api/v1/aftersales/{asked.json['id']}").json
    assert done["state"] == "done"


def at(year: int, month: int, day: int) -> datetime:
    return datetime(year, month, day, 4, 0, tzinfo=UTC)


@pytest.fixture
def story(app: Flask, travel: Callable[[datetime], None]) -> Callable[[datetime], Story]:
    """Return a function that opens the scene at an instant."""

    def tell(instant: datetime) -> Story:
        travel(instant)
        nanjiang = make_seller("示例合作社 · 南江", NANJIANG)
        stock_up(nanjiang, "南江黄羊肉", price_fen=5800)
        stock_up(nanjiang, "南江金银花", price_fen=4200, spec="100 克")
        stock_up(nanjiang, "南江大叶茶", price_fen=3333, spec="100 克")
        xinhe = make_seller("示例合作社 · 新和", XINHE)
        stock_up(
            xinhe,
            "热瓦普",
            kind=ProductKind.CRAFT,
            origin_code=XINHE,
            price_fen=88_000,
            is_certified=False,
        )
        return Story(app, travel, nanjiang, xinhe)

    return tell


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
