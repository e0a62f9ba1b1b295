"""The checkout page: attribution, address, quote, placing."""

import re
import uuid
from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from marketplace.database import db
from marketplace.identity.models import Account
from marketplace.permissions import Role
from orders.carts.service import add_to_cart
from orders.checkout.service import Recipient
from orders.trades.models import AttributionSource, Order
from partners.buying_units.models import BuyingUnit
from tests.factories import identity, partners
from tests.factories.coupons import claim, make_platform_coupon, make_sellers_coupon
from tests.factories.freight import flat, make_template, refused, zone
from tests.factories.offers import limit
from tests.factories.orders import Market, make_market
from tests.factories.products import MadeProduct, make_product

DONGYANG = {"region-1": "330000", "region-2": "330700", "region-3": "330783"}
LIANDU = {"region-1": "330000", "region-2": "331100", "region-3": "331102"}
PERSON = {"name": "示例收货人", "phone": "13800000000", "address": "示例路 1 号"}


@pytest.fixture
def mutton() -> MadeProduct:
    cooperative = partners.make_cooperative(name="示例合作社 · 南江")
    return make_product(cooperative.id, name="南江黄羊肉", price_fen=5800)


@pytest.fixture
def unit() -> BuyingUnit:
    return partners.make_buying_unit(name="示例小学 · 东阳", region_code="330783")


@pytest.fixture
def clerk(unit: BuyingUnit, mutton: MadeProduct) -> Account:
    account = identity.make_account(role=Role.BUYING_UNIT_CLERK, scope=unit.id)
    add_to_cart(account.id, mutton.sku.id, 2)
    return account


@pytest.fixture
def shopper(mutton: MadeProduct) -> Account:
    account = identity.make_account()
    add_to_cart(account.id, mutton.sku.id, 2)
    return account


@pytest.fixture
def market() -> Market:
    return make_market()


def digest(page: str) -> str:
    found = re.search(r'name="quote_digest" value="([^"]+)"', page)
    assert found is not None
    return found[1]


class TestShowCheckout:
    def test_a_clerk_sees_at_once_what_it_counts_for(
        self, client: FlaskClient, clerk: Account
    ) -> None:
        identity.sign_in_page(client, clerk)
        page = client.get("/checkout").text
        assert "示例小学 · 东阳" in page
        assert "计入东阳市—南江县结对任务" in page
        assert "直接采购 · ¥116.00 · 付款后待确认" in page

    def test_a_private_shopper_chooses_where_to_deliver_first(
        self, client: FlaskClient, shopper: Account
    ) -> None:
        identity.sign_in_page(client, shopper)
        page = client.get("/checkout").text
        assert "请先选收货地区" in page
        assert "quote_digest" not in page

    def test_with_nothing_in_the_cart_it_leads_back(
        self, client: FlaskClient, unit: BuyingUnit
    ) -> None:
        account = identity.make_account(role=Role.BUYING_UNIT_CLERK, scope=unit.id)
        identity.sign_in_page(client, account)
        assert client.get("/checkout").headers["Location"] == "/cart"


def column(page: str) -> list[int]:
    """Return the amounts of the lines of a page, in fen, as they stand one under the other."""
    lines = re.findall(r'× \d+.*?</span>\s*<span class="money">.*?</span>([\d,.]+)<', page, re.S)
    return [int(amount.replace(",", "").replace(".", "")) for amount in lines]


def sums(page: str) -> list[tuple[str, int]]:
    """Return the rows of the last sum of a page."""
    rows = re.findall(
        r"<dt>([^<]+).*?</dt><dd>(−?).*?</span>([\d,.]+)<",
        page[page.rindex('class="totals"') :].split("</dl>", maxsplit=1)[0],
        re.S,
    )
    return [
        (label.strip(), int(sign.replace("−", "-") + amount.replace(",", "").replace(".", "")))
        for label, sign, amount in rows
    ]


class TestEveryColumnAddsUp:
    """Goods − discounts + freight = what is paid, by hand, on every page of a purchase."""

    def test_from_the_checkout_to_the_order(self, client: FlaskClient, market: Market) -> None:
        for sku, quantity in ((market.mutton, 2), (market.tea, 3)):
            add_to_cart(market.shopper.id, sku.id, quantity)
        make_template(market.nanjiang, flat(1500))
        claim(market.shopper, make_platform_coupon())
        claim(market.shopper, make_sellers_coupon(market.nanjiang, name="南江券"))
        token = identity.sign_in_page(client, market.shopper)
        form = {"csrf_token": token, "attribution": "delivery", **LIANDU, **PERSON}
        page = client.post("/checkout", data={**form, "step": "quote"}).text
        coupons = re.findall(r'name="coupon" value="([^"]+)"', page)
        goods = [2 * 5800, 3 * 3333]
        assert column(page) == goods
        assert sorted(sums(page)) == sorted(
            [("货款", sum(goods)), ("优惠券：满 100 减 10", -1000), ("优惠券：南江券", -1000),
             ("运费（不计入任务）", 1500), ("应付", sum(goods) - 2000 + 1500)]
        )  # fmt: skip
        data = {**form, "step": "place", "quote_digest": digest(page), "coupons_shown": "yes"}
        placed = client.post("/checkout", data={**data, "coupon": coupons})
        trade = placed.headers["Location"]
        rows = [("货款", sum(goods)), ("优惠", -2000), ("运费（不计入任务）", 1500)]
        assert sums(client.get(trade).text) == [*rows, ("合计", sum(goods) - 500)]
        [order_id] = db.session.scalars(
            select(Order.id).where(Order.account_id == market.shopper.id)
        )
        shown = client.get(f"/orders/{order_id}").text
        assert column(shown) == goods
        assert sums(shown) == [*rows, ("应付", sum(goods) - 500)]


class TestWhatToDo:
    """Each refusal says what happened and what to do, and no price that nobody offers."""

    @pytest.fixture
    def page_of(self, client: FlaskClient, market: Market) -> Callable[..., str]:
        add_to_cart(market.shopper.id, market.mutton.id, 2)
        token = identity.sign_in_page(client, market.shopper)

        def post(**form: str) -> str:
            given = {"csrf_token": token, "step": "quote", "attribution": "delivery", **form}
            return client.post("/checkout", data=given).text

        return post

    def test_where_nothing_is_sent(self, market: Market, page_of: Callable[..., str]) -> None:
        make_template(market.nanjiang, refused("331102"), zone())
        page = page_of(**LIANDU)
        assert "不支持配送到浙江省丽水市莲都区。请换一个收货地区，或从购物车移除。" in page
        assert "请先选收货地区" not in page
        assert 'class="price"' not in page

    def test_where_too_many_are_wanted(self, market: Market, page_of: Callable[..., str]) -> None:
        limit(market.nanjiang, market.mutton, per_order=1)
        page = page_of(**LIANDU)
        assert "每单限购 1 件。请在购物车减少数量，或移除。" in page
        assert "0.00" not in page

    def test_where_no_point_is_chosen(self, page_of: Callable[..., str]) -> None:
        page = page_of(how="pickup", **LIANDU)
        assert "请先选一个自提点" in page
        assert "请先选收货地区" not in page

    def test_a_coupon_that_is_gone_is_left_out(self, page_of: Callable[..., str]) -> None:
        page = page_of(coupons_shown="yes", coupon=str(uuid.uuid4()), **LIANDU)
        assert sums(page)[-1] == ("应付", 11_600)


class TestSendCheckout:
    def quoted(self, client: FlaskClient, token: str, **values: str) -> str:
        return client.post("/checkout", data={"csrf_token": token, **values}).text

    def test_judges_again_for_another_attribution(
        self, client: FlaskClient, clerk: Account
    ) -> None:
        token = identity.sign_in_page(client, clerk)
        chosen = {"attribution": "region", "attribution_code": "331122"}
        page = self.quoted(client, token, step="quote", **DONGYANG, **chosen)
        assert "缙云县—南江县结对已于" in page

    def test_places_what_was_shown(self, client: FlaskClient, shopper: Account) -> None:
        token = identity.sign_in_page(client, shopper)
        page = self.quoted(client, token, step="quote", attribution="delivery", **DONGYANG)
        assert "帮助销售 · ¥116.00" in page
        placed = client.post(
            "/checkout",
            data={"csrf_token": token, "step": "place", "attribution": "delivery",
                  "quote_digest": digest(page), **DONGYANG, **PERSON},
        )  # fmt: skip
        assert placed.status_code == 303
        assert re.fullmatch(r"/trades/[0-9a-f-]{36}/pay", placed.headers["Location"])
        order = db.session.scalars(select(Order).where(Order.account_id == shopper.id)).one()
        assert order.attribution_code == "330783"
        assert order.attribution_source is AttributionSource.DELIVERY
        assert Recipient.unseal(order.ship_to).name == "示例收货人"

    def test_asks_for_a_word_to_each_cooperative(
        self, client: FlaskClient, shopper: Account, mutton: MadeProduct
    ) -> None:
        token = identity.sign_in_page(client, shopper)
        field = f"remark-{mutton.product.cooperative_id}"
        page = self.quoted(client, token, step="quote", **DONGYANG, **{field: "分两袋装"})
        assert re.search(f'name="{field}"[^>]+value="分两袋装"', page)
        accepted = {"step": "place", "quote_digest": digest(page), **DONGYANG, **PERSON}
        refused = self.quoted(client, token, **accepted, **{field: "字" * 201})
        assert "200" in refused
        self.quoted(client, token, **accepted, **{field: "分两袋装"})
        [remark] = db.session.scalars(select(Order.remark).where(Order.account_id == shopper.id))
        assert remark == "分两袋装"

    def test_says_what_is_missing_and_places_nothing(
        self, client: FlaskClient, shopper: Account
    ) -> None:
        token = identity.sign_in_page(client, shopper)
        page = self.quoted(client, token, step="quote", attribution="delivery", **DONGYANG)
        values = {**PERSON, "phone": "12"}
        answer = client.post(
            "/checkout",
            data={"csrf_token": token, "step": "place", "attribution": "delivery",
                  "quote_digest": digest(page), **DONGYANG, **values},
        )  # fmt: skip
        assert answer.status_code == 422
        assert 'aria-invalid="true"' in answer.text
        assert db.session.scalar(select(Order).where(Order.account_id == shopper.id)) is None

    def test_what_was_not_shown_is_not_placed(self, client: FlaskClient, shopper: Account) -> None:
        token = identity.sign_in_page(client, shopper)
        page = self.quoted(client, token, step="quote", attribution="delivery", **DONGYANG)
        answer = client.post(
            "/checkout",
            data={"csrf_token": token, "step": "place", "attribution": "delivery",
                  "quote_digest": digest(page), **LIANDU, **PERSON},
        )  # fmt: skip
        assert answer.status_code == 422
        assert "请核对后再提交" in answer.text
        assert digest(answer.text) != digest(page)

    def test_the_next_purchase_is_filled_in_from_the_last(
        self, client: FlaskClient, shopper: Account, mutton: MadeProduct
    ) -> None:
        token = identity.sign_in_page(client, shopper)
        page = self.quoted(client, token, step="quote", attribution="delivery", **DONGYANG)
        client.post(
            "/checkout",
            data={"csrf_token": token, "step": "place", "attribution": "delivery",
                  "quote_digest": digest(page), **DONGYANG, **PERSON},
        )  # fmt: skip
        add_to_cart(shopper.id, mutton.sku.id, 1)
        assert 'value="示例收货人"' in client.get("/checkout").text

    def test_a_second_click_places_nothing_more_and_leads_to_the_order(
        self, client: FlaskClient, shopper: Account
    ) -> None:
        token = identity.sign_in_page(client, shopper)
        page = self.quoted(client, token, step="quote", attribution="delivery", **DONGYANG)
        form = {
            "csrf_token": token, "step": "place", "attribution": "delivery",
            "quote_digest": digest(page), **DONGYANG, **PERSON,
        }  # fmt: skip
        assert client.post("/checkout", data=form).status_code == 303
        again = client.post("/checkout", data=form)
        assert again.headers["Location"] == "/orders"
        assert (
            len(db.session.scalars(select(Order).where(Order.account_id == shopper.id)).all()) == 1
        )

    def test_a_unit_of_others_is_refused(
        self, client: FlaskClient, shopper: Account, unit: BuyingUnit
    ) -> None:
        token = identity.sign_in_page(client, shopper)
        page = self.quoted(client, token, step="quote", attribution=f"unit:{unit.id}", **DONGYANG)
        assert "quote_digest" not in page
