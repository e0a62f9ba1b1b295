"""A unit's purchase in the browser: put aside as a visitor, asked for as a clerk, approved by another."""

import pytest
from playwright.sync_api import expect

from marketplace.database import transaction
from marketplace.permissions import Role
from tests.factories import identity as make
from tests.factories.addresses import make_address
from tests.factories.orders import make_market
from tests.factories.partners import make_buying_unit
from tests.pages.conftest import Site, Visits

pytestmark = pytest.mark.browser

CLERK_PHONE = "13900000077"


class TestPurchaseOfAUnit:
    def test_is_put_aside_asked_for_and_approved(self, site: Site, visit: Visits) -> None:
        with site.app.app_context(), transaction():
            product_id = make_market().mutton.product_id
            unit = make_buying_unit(
                name="示例中学 · 东阳", region_code="330783", approval_from_fen=0
            )
            clerk = make.make_account(role=Role.BUYING_UNIT_CLERK, scope=unit.id, phone=CLERK_PHONE)
            approver_id = make.make_account(role=Role.BUYING_UNIT_APPROVER, scope=unit.id).id
            make_address(make.actor_of(clerk), name="示例食堂", buying_unit_id=unit.id)
            make_address(make.actor_of(clerk), name="示例甲", region_code="331102")

        visitor = visit()
        page = visitor.go(f"/products/{product_id}")
        visitor.follow("text=加入购物车", "购物车")
        visitor.check()
        visitor.follow("text=登录后结算", "登录")
        visitor.sign_in(CLERK_PHONE, "/checkout")
        expect(page.locator("input[name=address_id]:checked + span")).to_contain_text("示例食堂")
        visitor.check()
        page.locator("label.choice", has_text="示例甲").click()
        expect(page.locator("input[name=address_id]:checked + span")).to_contain_text("示例甲")
        visitor.settle()
        page.fill("#purpose", "食堂用料")
        visitor.follow("text=提交采购申请", "示例中学 · 东阳")
        expect(page.locator("main")).to_contain_text("等待本单位另一位审批人处理")
        visitor.check()
        asked = page.url.removeprefix(site.url)

        second = visit()
        second.enter(approver_id, "/requisitions")
        second.check()
        second.go(asked)
        second.check()
        second.follow("text=批准并下单", "示例中学 · 东阳")
        expect(second.page.locator("main")).to_contain_text("已批准")

        visitor.go(asked)
        visitor.follow("text=去付款")
        expect(page.locator("main")).to_contain_text("58.00")
