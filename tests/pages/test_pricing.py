"""Freight, coupons and bulk prices in a browser: written at a desk, met on a phone."""

import uuid
from dataclasses import dataclass

import pytest
from playwright.sync_api import expect

from marketplace.database import transaction
from orders.addresses.service import Details, keep_address
from orders.carts.service import add_to_cart
from tests.factories.coupons import claim, make_platform_coupon, make_sellers_coupon
from tests.factories.freight import make_template, refused, zone
from tests.factories.offers import give_steps, limit, step
from tests.factories.orders import LIANDU, make_market
from tests.pages.conftest import Site, Visits

pytestmark = pytest.mark.browser


@dataclass(frozen=True, slots=True)
class Stall:
    """Who takes part, by ids that any session may use."""

    manager_id: uuid.UUID
    shopper_id: uuid.UUID
    product_id: uuid.UUID
    template_id: uuid.UUID


def stalled(site: Site) -> Stall:
    """Commit mutton with bulk prices, freight and coupons, ten pieces of it in a shopper's cart."""
    with site.app.app_context(), transaction():
        market = make_market()
        template = make_template(market.nanjiang, zone(), refused("650000"))
        give_steps(market.nanjiang, market.mutton, step(10, 5200), step(50, 4800))
        limit(market.nanjiang, market.mutton, per_order=60)
        claim(market.shopper, make_platform_coupon())
        make_sellers_coupon(market.nanjiang, name="南江满 200 减 20", amount_off_fen=2000)
        details = Details(name="示例收货人", phone="13800138000", address="示例路 1 号")
        keep_address(market.buyer, details, region_code=LIANDU)
        add_to_cart(market.shopper.id, market.mutton.id, 10)
        return Stall(
            market.nanjiang.manager.id, market.shopper.id, market.mutton.product_id, template.id
        )


class TestPricing:
    def test_is_told_before_it_is_paid(self, site: Site, visit: Visits) -> None:
        stall = stalled(site)
        shopper = visit()
        shopper.enter(stall.shopper_id, f"/products/{stall.product_id}")
        main = shopper.page.locator("main")
        expect(main).to_contain_text("10 袋起，每袋 52.00 元")
        expect(main).to_contain_text("运费 10.00 元")
        shopper.check()
        shopper.go("/coupons")
        shopper.check()
        shopper.follow("form[action$='/claim'] button >> nth=0", "优惠券")
        expect(main).to_contain_text("可使用")
        shopper.go("/cart")
        expect(main).to_contain_text("按送至浙江省丽水市莲都区计算")
        shopper.check()
        shopper.go("/checkout")
        # 10 × 52.00 and 28.00 freight, less 20.00 of the cooperative's and 10.00 of the platform's.
        expect(shopper.page.locator(".grand")).to_contain_text("518.00")
        shopper.check()
        shopper.page.locator("input[name=coupon]:checked").first.uncheck()
        expect(shopper.page.locator(".grand")).not_to_contain_text("518.00")
        shopper.settle()

    def test_is_set_at_a_desk(self, site: Site, visit: Visits) -> None:
        stall = stalled(site)
        manager = visit()
        manager.enter(stall.manager_id, "/desk/freight")
        manager.check()
        manager.go(f"/desk/freight/{stall.template_id}")
        manager.check()
        manager.go(f"/desk/products/{stall.product_id}/offers")
        manager.check()
        page = manager.go("/desk/coupons")
        for name, value in {
            "name": "开园券", "from_fen": "50", "amount_off_fen": "5", "total_limit": "100",
        }.items():  # fmt: skip
            page.fill(f"input[name={name}]", value)
        manager.follow("form[aria-labelledby=new-title] button[type=submit]", "优惠券")
        expect(page.locator("main")).to_contain_text("满 50.00 元减 5.00 元")
        manager.check()
