"""What was shown is what is charged; what changed between is told, item by item."""

import re
from dataclasses import replace

import pytest
from flask.testing import FlaskClient
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import update

from marketplace.database import db
from orders.carts.service import add_to_cart
from orders.checkout.errors import QuoteChanged
from orders.checkout.offering import (
    Offer,
    OfferedLine,
    digest_of,
    read_token,
    token_of,
    write_offer,
)
from orders.checkout.quoting import QuoteRequest, make_quote
from orders.checkout.service import place_trade
from orders.coupons.service import use_coupons
from products.catalogue.models import Sku
from products.offers.models import Period
from tests.factories.coupons import claim, make_platform_coupon
from tests.factories.freight import flat, make_template, zone
from tests.factories.freight import refused as refused_to
from tests.factories.identity import sign_in, sign_in_page
from tests.factories.offers import limit
from tests.factories.orders import (
    JINYUN,
    LIANDU,
    RECIPIENT,
    Market,
    make_market,
    place,
    request_for,
)

CODES = st.sampled_from(["331102", "331122", "511922"])
FEN = st.integers(0, 10**9)
OFFERS = st.builds(
    Offer,
    lines=st.dictionaries(
        st.uuids(), st.builds(OfferedLine, st.integers(1, 10**6), FEN, FEN), max_size=100
    ),
    freight=st.dictionaries(st.uuids(), FEN, max_size=5),
    coupons=st.dictionaries(st.uuids(), FEN, max_size=5),
    ship_to_code=CODES,
    region_code=CODES,
    buying_unit_id=st.none() | st.uuids(),
)


@pytest.fixture
def market() -> Market:
    return make_market()


class TestToken:
    @settings(max_examples=60, deadline=None)
    @given(OFFERS)
    def test_says_again_what_was_offered(self, offer: Offer) -> None:
        text = write_offer(offer)
        assert read_token(token_of(text), digest_of(text)) == offer

    @settings(max_examples=60, deadline=None)
    @given(st.text(max_size=200))
    def test_that_is_none_says_nothing(self, token: str) -> None:
        assert read_token(token, digest_of("x")) is None

    def test_is_not_unpacked_beyond_its_measure(self) -> None:
        text = "1" * 10_000_000
        assert read_token(token_of(text), digest_of(text)) is None

    @pytest.mark.parametrize("text", ["", "a\nb\nNone", "x*y@z-1\n331102\n331102\nNone"])
    def test_that_somebody_made_up_says_nothing_or_little(self, text: str) -> None:
        read_token(token_of(text), digest_of(text))


class Shown:
    """A quote as a buyer saw it."""

    def __init__(self, market: Market, request: QuoteRequest) -> None:
        self.market, self.request = market, request
        quote = make_quote(market.buyer, request)
        self.digest, self.token = quote.digest, quote.token

    def refused(self, request: QuoteRequest | None = None) -> QuoteChanged:
        """Place it, after something has changed, and return the refusal."""
        with pytest.raises(QuoteChanged) as told:
            place_trade(
                self.market.buyer, request or self.request, recipient=RECIPIENT,
                quote_digest=self.digest, quote_token=self.token,
            )  # fmt: skip
        return told.value

    def told(self, request: QuoteRequest | None = None) -> list[str]:
        return [words.zh for words in self.refused(request).told]


class TestPlaceTrade:
    def test_tells_a_price(self, market: Market) -> None:
        shown = Shown(market, request_for([(market.mutton, 2)]))
        db.session.execute(update(Sku).where(Sku.id == market.mutton.id).values(price_fen=5900))
        refused = shown.refused()
        assert [words.zh for words in refused.told] == [
            "“南江黄羊肉”单价由 58.00 元变为 59.00 元", "合计由 116.00 元变为 118.00 元",
        ]  # fmt: skip
        assert refused.extra["changes"][0] == {
            "kind": "price", "about_id": str(market.mutton.id), "before": "5800", "after": "5900",
            "text": "“南江黄羊肉”单价由 58.00 元变为 59.00 元",
        }  # fmt: skip
        assert refused.extra["quote"]["total_fen"] == 11_800

    def test_tells_freight(self, market: Market) -> None:
        shown = Shown(market, request_for([(market.mutton, 1)]))
        make_template(market.nanjiang, flat(800))
        assert shown.told()[0] == "“示例合作社 · 南江”运费由 0.00 元变为 8.00 元"

    def test_tells_a_coupon(self, market: Market) -> None:
        mine = claim(market.shopper, make_platform_coupon())
        shown = Shown(market, request_for([(market.rawap, 1)], coupon_ids=[mine]))
        other = place(market.buyer, [(market.tea, 1)]).trade.id
        use_coupons(market.shopper.id, other, {mine})
        assert shown.told() == [
            "优惠券“满 100 减 10”用不上了，少减 10.00 元：这张优惠券已经用过",
            "合计由 870.00 元变为 880.00 元",
        ]

    def test_tells_place_attribution_and_quantity(self, market: Market) -> None:
        shown = Shown(market, request_for([(market.mutton, 1), (market.tea, 1)]))
        told = shown.told(request_for([(market.mutton, 2), (market.rawap, 1)], JINYUN))
        assert "“南江黄羊肉”数量由 1 变为 2" in told
        assert "“热瓦普”是后来加入的" in told
        assert "有一件商品已不在这次购买中" in told
        assert "收货地区由浙江省丽水市莲都区变为浙江省丽水市缙云县" in told
        assert "归属由浙江省丽水市莲都区变为浙江省丽水市缙云县" in told

    def test_tells_what_cannot_be_bought_any_more(self, market: Market) -> None:
        shown = Shown(market, request_for([(market.mutton, 2)]))
        limit(market.nanjiang, market.mutton, per_period=1, period=Period.DAY)
        assert shown.told() == [
            "“南江黄羊肉”：每人每天限购 1 件。请在购物车减少数量，或移除"
        ]  # fmt: skip

    def test_tells_what_the_rest_comes_to(self, market: Market) -> None:
        shown = Shown(market, request_for([(market.mutton, 1), (market.rawap, 1)]))
        make_template(market.nanjiang, refused_to(LIANDU), zone())
        assert shown.told() == [
            "“南江黄羊肉”：不支持配送到浙江省丽水市莲都区。请换一个收货地区，或从购物车移除",
            "除去买不了的，合计由 938.00 元变为 880.00 元",
        ]

    def test_without_a_token_still_refuses(self, market: Market) -> None:
        shown = Shown(market, request_for([(market.mutton, 1)]))
        shown.token = ""
        db.session.execute(update(Sku).where(Sku.id == market.mutton.id).values(price_fen=5900))
        assert shown.told() == []

    def test_takes_what_was_shown(self, market: Market) -> None:
        shown = Shown(market, request_for([(market.mutton, 1)]))
        placed = place_trade(
            market.buyer, replace(shown.request), recipient=RECIPIENT,
            quote_digest=shown.digest, quote_token="nonsense",
        )  # fmt: skip
        assert placed.trade.total_fen == 5800


class TestAnswer:
    def test_of_the_api_is_a_409_with_the_changes(
        self, client: FlaskClient, market: Market
    ) -> None:
        sign_in(client, market.shopper)
        body = {
            "lines": [{"sku_id": str(market.mutton.id), "quantity": 1}], "ship_to_code": LIANDU,
        }  # fmt: skip
        quote = client.post("/api/v1/quotes", json=body).json
        make_template(market.nanjiang, flat(800))
        answer = client.post(
            "/api/v1/trades",
            json=body | {
                "quote_digest": quote["quote_digest"], "quote_token": quote["quote_token"],
                "ship_to": {"name": "收货人", "phone": "13800138000", "address": "路 1 号"},
            },
        )  # fmt: skip
        assert (answer.status_code, answer.json["code"]) == (409, "quote_changed")
        assert [one["kind"] for one in answer.json["changes"]] == ["freight", "total"]
        assert answer.json["quote"]["freight_fen"] == 800
        assert "运费由 0.00 元变为 8.00 元" in answer.json["detail"]

    def test_of_the_page_shows_old_and_new(self, client: FlaskClient, market: Market) -> None:
        place(market.buyer, [(market.tea, 1)])
        add_to_cart(market.shopper.id, market.mutton.id, 1)
        token = sign_in_page(client, market.shopper)
        page = client.get("/checkout").text
        hidden = dict(re.findall(r'name="(quote_digest|quote_token)" value="([^"]+)"', page))
        db.session.execute(update(Sku).where(Sku.id == market.mutton.id).values(price_fen=5900))
        form = {
            "csrf_token": token, "step": "place", "name": "收货人", "phone": "13800138000",
            "address": "路 1 号", "region-1": "330000", "region-2": "331100",
            "region-3": "331102", **hidden,
        }  # fmt: skip
        refused = client.post("/checkout", data=form)
        assert refused.status_code == 422
        assert "“南江黄羊肉”单价由 58.00 元变为 59.00 元" in refused.text
        again = dict(re.findall(r'name="(quote_digest|quote_token)" value="([^"]+)"', refused.text))
        assert client.post("/checkout", data=form | again).status_code == 303
