"""Coupons in pages: issue, claim, choose at checkout."""

import re
from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from marketplace import clock
from marketplace.database import db
from marketplace.permissions import Role
from orders.carts.service import add_to_cart
from orders.coupons.models import Coupon, Party
from orders.trades.models import Trade
from tests.factories import identity
from tests.factories.coupons import claim, make_platform_coupon, make_sellers_coupon
from tests.factories.orders import Market, make_market, place

PERSON = {"name": "示例收货人", "phone": "13800000000", "address": "示例路 1 号"}
LIANDU = {"region-1": "330000", "region-2": "331100", "region-3": "331102"}


@pytest.fixture
def market() -> Market:
    return make_market()


def form(**more: str) -> dict[str, str]:
    until = clock.today() + timedelta(days=5)
    return {
        "name": "春茶券", "from_fen": "100", "amount_off_fen": "10.5", "total_limit": "20",
        "per_account_limit": "1", "valid_from": clock.today().isoformat(),
        "valid_until": until.isoformat(), **more,
    }  # fmt: skip


class TestDesk:
    def test_issues_for_the_own_cooperative_until_the_end_of_the_last_day(
        self, client: FlaskClient, market: Market
    ) -> None:
        token = identity.sign_in_page(client, market.nanjiang.manager)
        own = {"csrf_token": token, "cooperative_id": str(market.nanjiang.id)}
        assert client.post("/desk/coupons", data=form(**own)).status_code == 303
        page = client.get("/desk/coupons").text
        assert "满 100.00 元减 10.50 元" in page
        assert "合作社发行并承担" in page
        coupon = db.session.scalars(select(Coupon)).one()
        last = clock.today() + timedelta(days=5)
        assert clock.shanghai_date(coupon.valid_until_at - timedelta(seconds=1)) == last
        stop = client.post(f"/desk/coupons/{coupon.id}/stop", data={"csrf_token": token})
        assert stop.status_code == 303
        assert "已停发" in client.get("/desk/coupons").text

    def test_says_what_is_wrong(self, client: FlaskClient, market: Market) -> None:
        token = identity.sign_in_page(client, market.nanjiang.manager)
        wrong = form(csrf_token=token, cooperative_id=str(market.xinhe.id), from_fen="5")
        page = client.post("/desk/coupons", data=wrong)
        assert page.status_code == 422
        assert "门槛须高于优惠金额" in page.text
        assert "请选择合作社" in page.text

    def test_issues_for_the_platform(self, client: FlaskClient, market: Market) -> None:
        admin = identity.make_account(role=Role.PLATFORM_ADMIN)
        token = identity.sign_in_page(client, admin)
        borne = form(csrf_token=token, bearer="cooperative", cooperative_id=str(market.xinhe.id))
        assert client.post("/desk/platform-coupons", data=borne).status_code == 422
        borne["document"] = "协议 1 号"
        assert client.post("/desk/platform-coupons", data=borne).status_code == 303
        assert db.session.scalars(select(Coupon)).one().bearer is Party.COOPERATIVE
        assert "平台发行，合作社承担（协议 1 号）" in client.get("/desk/platform-coupons").text


class TestShopper:
    def test_claims(self, client: FlaskClient, market: Market) -> None:
        coupon = make_sellers_coupon(market.nanjiang)
        token = identity.sign_in_page(client, market.shopper)
        assert "限示例合作社 · 南江的商品" in client.get("/coupons").text
        address = f"/coupons/{coupon.id}/claim"
        assert client.post(address, data={"csrf_token": token}).status_code == 303
        page = client.get("/coupons").text
        assert "可使用" in page
        client.post(address, data={"csrf_token": token})
        assert "您已经领满了" in client.get("/coupons").text

    def test_is_offered_the_best_and_may_leave_it(
        self, client: FlaskClient, market: Market
    ) -> None:
        mine = claim(market.shopper, make_platform_coupon())
        place(market.buyer, [(market.tea, 1)])
        add_to_cart(market.shopper.id, market.rawap.id, 1)
        token = identity.sign_in_page(client, market.shopper)
        page = client.get("/checkout").text
        assert "已减 10.00 元" in page
        assert "870.00" in page
        shown = {"csrf_token": token, "coupons_shown": "yes", **LIANDU}
        without = client.post("/checkout", data={"step": "quote", **shown}).text
        assert "满 100.00 元减 10.00 元" in without
        digest = re.search(r'name="quote_digest" value="([^"]+)"', page)
        assert digest is not None
        placed = client.post(
            "/checkout",
            data={**shown, **PERSON, "step": "place", "quote_digest": digest[1],
                  "coupon": str(mine)},
        )  # fmt: skip
        assert placed.status_code == 303
        newest = select(Trade).order_by(Trade.id.desc()).limit(1)
        assert db.session.scalars(newest).one().total_fen == 87_000

    def test_may_place_after_a_second_of_the_same_issuer_was_refused(
        self, client: FlaskClient, market: Market
    ) -> None:
        both = [str(claim(market.shopper, make_platform_coupon())) for _ in range(2)]
        add_to_cart(market.shopper.id, market.rawap.id, 1)
        token = identity.sign_in_page(client, market.shopper)
        shown = {"csrf_token": token, "coupons_shown": "yes", **LIANDU}
        page = client.post("/checkout", data={**shown, "step": "quote", "coupon": both}).text
        assert "同一发券方一次只能用一张" in page
        boxes = re.findall(r'<input[^>]*name="coupon"[^>]*>', page)
        ticked = [one for one in both if any(one in box and "checked" in box for box in boxes)]
        assert len(ticked) == 1
        digest = re.search(r'name="quote_digest" value="([^"]+)"', page)
        assert digest is not None
        placed = client.post(
            "/checkout",
            data={**shown, **PERSON, "step": "place", "quote_digest": digest[1], "coupon": ticked},
        )
        assert placed.status_code == 303
