"""Bulk prices: which step a quantity reaches, for whom, and what stands on the line."""

import pytest

from marketplace.permissions import Role
from orders.checkout.quoting import make_quote
from products.catalogue.queries import lock_sku
from products.catalogue.service import update_sku
from products.offers.errors import PriceStepsWrong
from tests.factories.coupons import claim, make_platform_coupon
from tests.factories.freight import flat, make_template
from tests.factories.identity import actor_of, make_account
from tests.factories.offers import give_steps, step
from tests.factories.orders import (
    LIANDU,
    Market,
    lines_of,
    make_market,
    orders_of,
    place,
    request_for,
)
from tests.factories.partners import make_buying_unit
from tests.orders.invariants import broken


@pytest.fixture
def market() -> Market:
    market = make_market()
    steps = (step(10, 5200), step(50, 4800), step(10, 5000, is_for_units=True))
    give_steps(market.nanjiang, market.mutton, *steps)
    return market


def price(market: Market, quantity: int) -> int:
    quote = make_quote(market.buyer, request_for([(market.mutton, quantity)]))
    return quote.orders[0].lines[0].price_fen


class TestPriceOf:
    def test_is_the_step_that_the_quantity_reaches(self, market: Market) -> None:
        assert [price(market, n) for n in (1, 9, 10, 49, 50)] == [5800, 5800, 5200, 5200, 4800]

    def test_of_units_is_for_units_only(self, market: Market) -> None:
        unit = make_buying_unit()
        clerk = actor_of(make_account(role=Role.BUYING_UNIT_CLERK, scope=unit.id))
        quote = make_quote(clerk, request_for([(market.mutton, 10)]))
        assert quote.orders[0].lines[0].price_fen == 5000
        private = request_for([(market.mutton, 10)], LIANDU, region_code=LIANDU)
        assert make_quote(clerk, private).orders[0].lines[0].price_fen == 5200

    def test_sums_two_lines_of_one_spec(self, market: Market) -> None:
        quote = make_quote(market.buyer, request_for([(market.mutton, 5), (market.mutton, 5)]))
        assert quote.goods_fen == 52_000

    def test_is_never_above_the_list_price(self, market: Market) -> None:
        product, sku = lock_sku(market.nanjiang.actor, market.mutton.id)
        update_sku(market.nanjiang.actor, product, sku, price_fen=4900)
        assert [price(market, n) for n in (10, 50)] == [4900, 4800]


class TestPlaced:
    def test_keeps_both_prices_on_the_line(self, market: Market) -> None:
        make_template(market.nanjiang, flat(1000, free_from_fen=52_000))
        mine = claim(market.shopper, make_platform_coupon())
        basket = [(market.mutton, 10), (market.tea, 1)]
        whole = place(market.buyer, basket, coupon_ids=[mine])
        lines = {line.product_name: line for line in lines_of(orders_of(whole.trade.id)[0])}
        mutton, tea = lines["南江黄羊肉"], lines["南江大叶茶"]
        assert (mutton.price_fen, mutton.list_price_fen, mutton.amount_fen) == (5200, 5800, 52_000)
        assert (tea.price_fen, tea.list_price_fen) == (3333, None)
        assert mutton.discount_fen + tea.discount_fen == 1000
        assert whole.trade.total_fen == 52_000 + 3333 - 1000
        assert broken() == []


class TestSetPriceSteps:
    @pytest.mark.parametrize(
        "steps",
        [[step(10, 5800)], [step(10, 5000), step(20, 5000)], [step(10, 5000), step(10, 4000)]],
    )
    def test_refuses_what_is_no_better(self, market: Market, steps: list[dict[str, int]]) -> None:
        with pytest.raises(PriceStepsWrong):
            give_steps(market.nanjiang, market.mutton, *steps)
        assert price(market, 10) == 5200

    def test_replaces_the_ones_before(self, market: Market) -> None:
        give_steps(market.nanjiang, market.mutton, step(5, 5500))
        assert [price(market, n) for n in (5, 50)] == [5500, 5500]
