"""What coupons take off: thresholds, who bears it, and shares that sum exactly and give nothing away."""

import uuid
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from marketplace import clock
from marketplace.ids import new_id
from orders.coupons.models import Party
from orders.coupons.queries import HeldCoupon
from orders.coupons.subsidies import returned_subsidy
from orders.pricing.discounts import apply_coupons, suggest_coupons
from orders.pricing.freight import Goods
from tests.orders.pricing.goods import SKU, make_goods

NOW = clock.now()


def held(**facts: Any) -> HeldCoupon:
    usual: dict[str, Any] = {
        "holding_id": new_id(), "coupon_id": new_id(), "name": "券",
        "issuer": Party.PLATFORM, "bearer": Party.PLATFORM, "cooperative_id": None,
        "product_ids": None, "amount_off_fen": 1000, "from_fen": 5000, "is_used": False,
        "valid_from_at": NOW - timedelta(days=1), "valid_until_at": NOW + timedelta(days=1),
    }  # fmt: skip
    return HeldCoupon(**(usual | facts))


def sellers(**facts: Any) -> HeldCoupon:
    own = {"issuer": Party.COOPERATIVE, "bearer": Party.COOPERATIVE}
    return held(**own, **({"cooperative_id": SKU.cooperative_id} | facts))


class TestApplyCoupons:
    def test_shares_by_what_each_line_costs(self) -> None:
        goods = [make_goods(1, 5800), make_goods(1, 3333)]
        found = apply_coupons(goods, [held()], NOW)
        assert found.by_platform == [635, 365]
        assert found.by_cooperative == [0, 0]

    def test_takes_the_cooperatives_off_first_and_looks_at_what_is_left(self) -> None:
        goods = [make_goods(1, 6000)]
        both = [held(), sellers(amount_off_fen=1001)]
        found = apply_coupons(goods, both, NOW)
        assert found.by_cooperative == [1001]
        assert found.by_platform == [0], "4999 fen are left: below the threshold of 5000"
        assert found.applied[1].reason is not None
        assert "还差 0.01 元" in found.applied[1].reason.zh

    def test_covers_its_cooperative_and_its_products_only(self) -> None:
        other = make_goods(1, 9000, cooperative_id=new_id())
        mine = make_goods(1, 9000)
        assert apply_coupons([other, mine], [sellers()], NOW).by_cooperative == [0, 1000]
        for_product = held(product_ids=frozenset({other.sku.product_id}))
        assert apply_coupons([other, mine], [for_product], NOW).by_platform == [1000, 0]

    @pytest.mark.parametrize(
        ("facts", "said"),
        [
            ({"is_used": True}, "已经用过"),
            ({"valid_until_at": NOW}, "已过期"),
            ({"valid_from_at": NOW + timedelta(seconds=1)}, "还没到使用时间"),
            ({"from_fen": 5801}, "还差 0.01 元"),
            ({"cooperative_id": uuid.uuid4()}, "没有可以用这张券的商品"),
        ],
    )
    def test_says_why_one_takes_nothing_off(self, facts: dict[str, Any], said: str) -> None:
        [applied] = apply_coupons([make_goods(1, 5800)], [held(**facts)], NOW).applied
        assert applied.discount_fen == 0
        assert applied.reason is not None
        assert said in applied.reason.zh

    def test_takes_one_of_each_issuer(self) -> None:
        found = apply_coupons([make_goods(1, 50_000)], [held(), held(), sellers()], NOW)
        assert (found.by_platform, found.by_cooperative) == ([1000], [1000])
        assert [one.reason is None for one in found.applied] == [True, True, False]

    def test_gives_no_line_away(self) -> None:
        dear, cheap = make_goods(1, 10_000), make_goods(1, 1)
        coupon = held(amount_off_fen=9_999, from_fen=10_000)
        found = apply_coupons([dear, cheap], [coupon], NOW)
        assert [dear.amount_fen - found.of(0), cheap.amount_fen - found.of(1)] == [1, 1]

    def test_suggests_what_takes_off_most(self) -> None:
        small, big = held(), held(amount_off_fen=1500)
        mine, short = sellers(), sellers(from_fen=90_000, amount_off_fen=5000)
        chosen = suggest_coupons([make_goods(1, 8000)], [small, big, mine, short], NOW)
        assert set(chosen) == {big.holding_id, mine.holding_id}


GOODS = st.lists(
    st.builds(make_goods, st.integers(1, 20), st.integers(0, 20_000)), min_size=1, max_size=10
)
AMOUNTS = st.tuples(st.integers(1, 30_000), st.integers(1, 30_000))


class TestShares:
    @settings(max_examples=200, deadline=None)
    @given(goods=GOODS, platform=AMOUNTS, seller=AMOUNTS)
    def test_sum_to_what_each_coupon_is_worth(
        self, goods: list[Goods], platform: tuple[int, int], seller: tuple[int, int]
    ) -> None:
        coupons = [
            held(amount_off_fen=platform[0], from_fen=sum(platform)),
            sellers(amount_off_fen=seller[0], from_fen=sum(seller)),
        ]
        found = apply_coupons(goods, coupons, NOW)
        for applied in found.applied:
            worth = 0 if applied.reason else applied.coupon.amount_off_fen
            assert applied.discount_fen == worth
        assert sum(found.by_platform) + sum(found.by_cooperative) == sum(
            applied.discount_fen for applied in found.applied
        )
        for index, one in enumerate(goods):
            left = one.amount_fen - found.of(index)
            assert left >= min(one.amount_fen, 1)
            assert min(found.by_platform[index], found.by_cooperative[index]) >= 0

    @settings(max_examples=200, deadline=None)
    @given(st.integers(1, 10_000), st.integers(0, 10_000), st.lists(st.integers(1, 500)))
    def test_of_the_platform_come_back_whole_with_the_whole_line(
        self, net_fen: int, platform_fen: int, refunds: list[int]
    ) -> None:
        refunded = back = 0
        for refund in [*refunds, net_fen]:
            refunded = min(refunded + refund, net_fen)
            now = returned_subsidy(
                platform_discount_fen=platform_fen, net_fen=net_fen, refunded_fen=refunded
            )
            assert back <= now <= platform_fen
            back = now
        assert back == platform_fen
