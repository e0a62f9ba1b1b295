"""Freight of what is quoted: which template, which zone, and shares that sum exactly."""

import uuid

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from marketplace.ids import new_id
from orders.checkout.errors import QuoteChanged
from orders.checkout.quoting import Quote, make_quote
from orders.checkout.service import place_trade
from orders.freight.charging import Charges, charge
from orders.freight.models import Basis
from orders.freight.service import change_template
from orders.pricing.freight import Goods, freight_shares
from orders.pricing.terms import FreightMatch, Terms
from tests.factories.freight import flat, make_template, refused, send_by, zone
from tests.factories.orders import (
    JINYUN,
    LIANDU,
    NANJIANG,
    RECIPIENT,
    Market,
    lines_of,
    make_market,
    orders_of,
    place,
    request_for,
)
from tests.orders.invariants import broken
from tests.orders.pricing.goods import make_goods

ZHEJIANG, LISHUI, XINJIANG = "330000", "331100", "650000"


@pytest.fixture
def market() -> Market:
    return make_market()


def quoted(market: Market, to: str = LIANDU, mutton: int = 1) -> Quote:
    return make_quote(market.buyer, request_for([(market.mutton, mutton)], to))


class TestWhichZone:
    def test_the_most_specific_wins(self, market: Market) -> None:
        make_template(
            market.nanjiang,
            zone(first_fen=3000),
            zone(ZHEJIANG, first_fen=2000),
            zone(LIANDU, first_fen=500),
            zone(LISHUI, first_fen=1000),
        )
        charged = [quoted(market, to).freight_fen for to in (LIANDU, JINYUN, "330783", NANJIANG)]
        assert charged == [500, 1000, 2000, 3000]

    def test_a_region_inside_one_that_is_not_served_may_be(self, market: Market) -> None:
        make_template(market.nanjiang, zone(), refused(ZHEJIANG), zone(LISHUI, first_fen=700))
        assert quoted(market, LIANDU).freight_fen == 700
        [out] = quoted(market, "330783").unavailable
        assert out.reason.zh == "不支持配送到浙江省金华市东阳市"

    def test_without_a_zone_for_the_rest_other_places_are_not_served(self, market: Market) -> None:
        make_template(market.nanjiang, zone(ZHEJIANG))
        quote = quoted(market, NANJIANG)
        assert "不支持配送" in quote.unavailable[0].reason.zh
        assert quote.orders == ()

    def test_a_cooperative_without_templates_sends_free(self, market: Market) -> None:
        assert quoted(market).freight_fen == 0

    def test_what_is_not_served_cannot_be_placed(self, market: Market) -> None:
        request = request_for([(market.mutton, 1)])
        digest = make_quote(market.buyer, request).digest
        make_template(market.nanjiang, refused(ZHEJIANG), zone())
        with pytest.raises(QuoteChanged) as told:
            place_trade(market.buyer, request, recipient=RECIPIENT, quote_digest=digest)
        assert "不支持配送" in str(told.value.extra["quote"]["unavailable"][0]["reason"])


class TestWhichTemplate:
    def test_a_products_own_goes_before_the_default_and_is_charged_beside_it(
        self, market: Market
    ) -> None:
        make_template(market.nanjiang, flat(1000))
        cold = make_template(market.nanjiang, zone(first_fen=1500), name="冷链", is_default=False)
        send_by(market.nanjiang, market.mutton, cold.id)
        both = request_for([(market.mutton, 2), (market.tea, 1)])
        assert make_quote(market.buyer, both).freight_fen == 1000 + 1500 + 200
        send_by(market.nanjiang, market.mutton, None)
        assert make_quote(market.buyer, both).freight_fen == 1000

    def test_by_volume_needs_the_volume(self, market: Market) -> None:
        make_template(
            market.nanjiang, zone(first_units=1000, further_units=500), basis=Basis.VOLUME
        )
        assert "体积" in quoted(market).unavailable[0].reason.zh
        market.mutton.volume_cm3 = 700
        assert quoted(market, mutton=2).freight_fen == 1200

    def test_by_weight_sums_the_order(self, market: Market) -> None:
        by_kilo = zone(first_units=1000, further_units=1000)
        make_template(market.nanjiang, by_kilo, basis=Basis.WEIGHT)
        assert [quoted(market, mutton=n).freight_fen for n in (2, 3, 4, 5)] == [
            1000, 1200, 1200, 1400,
        ]  # fmt: skip

    def test_of_another_cooperative_says_nothing(self, market: Market) -> None:
        make_template(market.xinhe, flat(9900))
        assert quoted(market).freight_fen == 0


class TestPlacing:
    def test_keeps_the_shares_on_the_lines(self, market: Market) -> None:
        make_template(market.nanjiang, flat(1000))
        whole = place(market.buyer, [(market.mutton, 1), (market.tea, 1)])
        [order] = orders_of(whole.trade.id)
        assert (order.freight_fen, order.total_fen) == (1000, 5800 + 3333 + 1000)
        assert sorted(line.freight_fen for line in lines_of(order)) == [365, 635]
        assert broken() == []

    def test_of_orders_placed_is_left_alone_by_a_change(self, market: Market) -> None:
        template = make_template(market.nanjiang, flat(1000))
        whole = place(market.buyer, [(market.mutton, 1)])
        change_template(
            market.nanjiang.actor, template, name="常温", basis=Basis.PIECE, zones=[flat(5000)]
        )
        assert orders_of(whole.trade.id)[0].freight_fen == 1000
        assert quoted(market).freight_fen == 5000


LINES = st.lists(
    st.tuples(st.integers(1, 50), st.integers(0, 100_000), st.integers(1, 5000), st.integers(0, 2)),
    min_size=1,
    max_size=12,
)


class TestShares:
    @settings(max_examples=150, deadline=None)
    @given(lines=LINES, first=st.integers(0, 5000), further=st.integers(0, 999))
    def test_sum_to_what_each_parcel_costs(
        self, lines: list[tuple[int, int, int, int]], first: int, further: int
    ) -> None:
        charges = Charges(first_units=2, first_fen=first, further_units=3, further_fen=further)
        matches = [
            FreightMatch(template_id=new_id(), basis=basis, charges=charges, differs_by_place=False)
            for basis in (Basis.PIECE, Basis.WEIGHT, Basis.VOLUME)
        ]
        goods = [make_goods(line[0], line[1], weight_g=line[2]) for line in lines]
        terms = Terms(
            by_product={
                one.sku.product_id: matches[line[3]] for one, line in zip(goods, lines, strict=True)
            }
        )
        shares = freight_shares(terms, goods)
        parcels: dict[uuid.UUID, list[Goods]] = {}
        for one, line in zip(goods, lines, strict=True):
            parcels.setdefault(matches[line[3]].template_id, []).append(one)
        expected = sum(
            charge(charges, match.basis, [one.sent for one in parcels.get(match.template_id, [])])
            for match in matches
        )
        assert sum(shares) == expected
        assert min(shares) >= 0
