"""A sale told in the browser: browse, buy from two cooperatives, pay, ship, accept, and see it count."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Page, expect

from marketplace import clock
from marketplace.database import db
from orders.fulfilment.jobs import complete_due_orders
from tests.factories import partners
from tests.factories.products import make_product
from tests.pages.conftest import DESK, PHONE, Site, Visitor, Visits
from tests.pages.story import Story, set_the_stage

pytestmark = pytest.mark.browser

PAIRED = "计入东阳市—南江县结对任务"


@pytest.fixture
def story(site: Site, travel: Callable[[datetime], None]) -> Story:
    # Far from the ends of a year, between which a sale and its completion could fall.
    travel(datetime(clock.today().year + 1, 6, 10, 2, tzinfo=UTC))
    return set_the_stage(site)


def fill_cart(visitor: Visitor) -> None:
    """Two pieces of mutton and a lute, from the list and from the search."""
    page = visitor.go("/products?region=511922")
    visitor.follow("text=南江黄羊肉", "南江黄羊肉")
    page.fill("#quantity", "2")
    visitor.follow("text=加入购物车", "购物车")
    page.fill("[role=search] input", "都塔尔")
    visitor.follow("[role=search] button")
    visitor.follow("text=手工都塔尔", "手工都塔尔")
    visitor.follow("text=加入购物车", "购物车")
    expect(page.locator(".shop-name")).to_have_count(2)


def check_out(visitor: Visitor) -> Page:
    """Fill in the address and place the order."""
    page = visitor.follow("text=去结算", "确认订单")
    page.fill("#name", "示例收货人")
    page.fill("#phone", "13800138000")
    page.fill("#address", "示例路 1 号")
    return page


def pay(visitor: Visitor, site: Site) -> None:
    """Pay in the sandbox; the page hears of it by itself."""
    visitor.follow("text=去付款", "演示支付")
    page = visitor.follow("text=确认付款", "等待付款结果")
    site.run_jobs()
    expect(page.locator("h1")).to_have_text("付款成功")


def figure(page: Page, label: str) -> str:
    """The figure under a label of the office's page."""
    box = page.locator(".figure-box", has=page.locator(f".figure-label:text-is('{label}')"))
    return box.locator(".figure-value").inner_text().replace("\n", "")


class TestSale:
    def test_counts_from_the_shop_to_the_office(
        self,
        site: Site,
        visit: Visits,
        story: Story,
        travel: Callable[[datetime], None],
    ) -> None:
        clerk = visit()
        clerk.sign_in(story.phones["clerk"])
        clerk.check()
        clerk.go("/products?region=511922")
        clerk.check()
        clerk.follow("text=南江黄羊肉", "南江黄羊肉")
        clerk.check()
        fill_cart(clerk)
        clerk.check()
        page = check_out(clerk)
        clerk.check()
        assert PAIRED in page.inner_text("main")
        assert "直接采购 · ¥116.00 · 付款后待确认" in page.inner_text("main")
        assert "东阳市与产地新和县没有结对，不计入结对任务" in page.inner_text("main")
        clerk.follow("text=提交订单", "请付款")
        clerk.check()
        pay(clerk, site)
        clerk.check()
        assert "直接采购 · ¥116.00 · 待确认" in page.inner_text("main")

        office = visit()
        office.enter(story.phones["dongyang_office"], "/office/progress")
        office.check()
        assert figure(office.page, "待确认") == "¥116.00"
        assert figure(office.page, "已确认完成") == "¥0.00"

        self.ship(visit(), story.phones["nanjiang"])
        self.accept(clerk)
        travel(clock.now() + timedelta(days=8))
        with site.committed.context():
            complete_due_orders()
        clerk.enter(story.phones["clerk"], "/orders")
        assert "直接采购 · ¥116.00 · 已确认" in clerk.page.inner_text("main")

        later = visit()
        later.enter(story.phones["dongyang_office"], "/office/progress")
        assert figure(later.page, "已确认完成") == "¥116.00"
        assert figure(later.page, "待确认") == "¥0.00"
        assert "11.60%" in later.page.inner_text("main")  # 116 of 1,000 yuan
        later.follow(".figure-box.wide a.figure-value", "计入明细")
        later.check()
        assert "南江黄羊肉" in later.page.inner_text("main")

    def ship(self, seller: Visitor, phone: str) -> None:
        seller.enter(phone, "/desk/orders")
        seller.check()
        seller.follow("text=去发货")
        seller.check()
        seller.page.select_option("#courier_code", "sf")
        seller.page.fill("#waybill_no", "SF1234567890123")
        seller.follow("text=确认发货")
        expect(seller.page.locator(".notice")).to_contain_text("已发货")

    def accept(self, clerk: Visitor) -> None:
        page = clerk.go("/orders?tab=shipped")
        clerk.check()
        clerk.follow("text=查看详情")
        clerk.check()
        page.click("summary:has-text('确认收货')")
        clerk.follow("button:has-text('商品齐全')")
        expect(page.locator(".notice")).to_contain_text("已确认收货")
        clerk.check()


class TestRefund:
    def test_takes_the_credit_back(self, site: Site, visit: Visits, story: Story) -> None:
        clerk = visit(PHONE)
        clerk.enter(story.phones["clerk"])
        fill_cart(clerk)
        page = check_out(clerk)
        clerk.follow("text=提交订单", "请付款")
        pay(clerk, site)
        clerk.go("/orders")
        mutton = page.locator("article", has_text="示例合作社 · 南江")
        clerk.follow(mutton.locator("text=申请售后"), "申请售后")
        clerk.check()
        page.select_option("#cause", "missing")
        page.fill("#quantity", "1")
        page.fill("#amount_yuan", "58.00")
        page.fill("#reason", "少了一袋")
        clerk.follow("text=提交申请")
        expect(page.locator("main")).to_contain_text("待合作社答复")

        seller = visit(PHONE)
        seller.enter(story.phones["nanjiang"], "/desk/refunds")
        seller.check()
        seller.follow("text=同意退款", "售后处理")
        site.run_jobs()

        page.reload(wait_until="load")
        expect(page.locator("main")).to_contain_text("直接采购 · ¥58.00 · 待确认")
        office = visit(PHONE)
        office.enter(story.phones["dongyang_office"], "/office/progress")
        assert figure(office.page, "待确认") == "¥58.00"


class TestWithoutJavaScript:
    def test_a_clerk_can_buy(self, site: Site, visit: Visits, story: Story) -> None:
        clerk = visit(PHONE, java_script=False)
        clerk.enter(story.phones["clerk"])
        clerk.go("/products?q=黄羊")
        clerk.follow("text=南江黄羊肉", "南江黄羊肉")
        clerk.follow("text=加入购物车", "购物车")
        check_out(clerk)
        clerk.follow("text=提交订单", "请付款")
        clerk.follow("text=去付款", "演示支付")
        clerk.follow("text=确认付款", "等待付款结果")
        site.run_jobs()
        clerk.follow("text=刷新查看结果", "付款成功")

    def test_a_shopper_chooses_where_to_deliver_step_by_step(
        self, site: Site, visit: Visits, story: Story
    ) -> None:
        shopper = visit(PHONE, java_script=False)
        shopper.enter(story.phones["shopper"])
        shopper.go(f"/products/{story.mutton_id}")
        shopper.follow("text=加入购物车", "购物车")
        page = shopper.follow("text=去结算", "确认订单")
        for number, code in enumerate(("330000", "330700", "330783"), start=1):
            page.select_option(f"#region-{number}", code)
            shopper.follow("text=继续选择地区", "确认订单")
        assert "帮助销售 · ¥58.00 · 付款后待确认" in page.inner_text("main")


class TestCheckout:
    def test_judges_again_as_soon_as_a_choice_changes(
        self, site: Site, visit: Visits, story: Story
    ) -> None:
        shopper = visit(DESK)
        shopper.enter(story.phones["shopper"])
        shopper.go(f"/products/{story.mutton_id}")
        shopper.follow("text=加入购物车", "购物车")
        page = shopper.follow("text=去结算", "确认订单")
        page.fill("#name", "示例收货人")
        shopper.choose("#region-1", "330000")
        shopper.choose("#region-2", "330700")
        shopper.choose("#region-3", "330783")
        expect(page.locator("main")).to_contain_text("帮助销售 · ¥58.00 · 付款后待确认")
        expect(page.locator("#name")).to_have_value("示例收货人")
        page.click("text=其他东部地区")
        # At once, while the answer to the choice before is on its way: the newer one counts.
        shopper.choose("#attribution_code", "331122")
        expect(page.locator("main")).to_contain_text("缙云县—南江县结对已于")
        shopper.check()

    def test_by_keyboard_alone(self, site: Site, visit: Visits, story: Story) -> None:
        clerk = visit(DESK)
        clerk.enter(story.phones["clerk"])
        page = clerk.go(f"/products/{story.mutton_id}")
        page.focus("input[name=sku_id]")
        page.keyboard.press("Space")
        reached = []
        for _ in range(6):
            page.keyboard.press("Tab")
            reached.append(clerk.measure("document.activeElement.textContent.trim()"))
            if "加入购物车" in reached[-1]:
                break
        assert "加入购物车" in reached[-1], reached
        with page.expect_navigation(wait_until="load"):
            page.keyboard.press("Enter")
        expect(page.locator("h1")).to_have_text("购物车")


class TestWorkplaces:
    def test_a_cooperative_adds_a_product(self, site: Site, visit: Visits, story: Story) -> None:
        seller = visit()
        seller.enter(story.phones["nanjiang"], "/desk/products")
        page = seller.page
        seller.check()
        seller.follow("text=添加商品", "添加商品")
        seller.check()
        page.select_option("#cooperative_id", label="示例合作社 · 南江")
        page.fill("#name", "南江核桃")
        page.select_option("#kind", "agricultural")
        page.select_option("#category_code", "walnuts")
        page.fill("#description", "自家树上结的。")
        for number, code in enumerate(("510000", "511900", "511922"), start=1):
            seller.choose(f"#origin-{number}", code)
        page.select_option("#return_class", "seven_days")
        seller.follow("text=保存", "南江核桃")
        for name, value in {"spec": "500 克", "unit": "袋", "price_yuan": "39.80", "weight_g": "520", "on_hand": "60"}.items():  # fmt: skip
            page.fill(f"#{name}", value)
        seller.follow("button:text-is('添加规格')", "南江核桃")
        expect(page.locator("table")).to_contain_text("39.80")
        seller.check()
        seller.follow("button:text-is('送审')", "南江核桃")
        expect(page.locator(".notice")).to_contain_text("已送审")

        office = visit()
        office.enter(story.phones["nanjiang_office"], "/office/products")
        office.check()
        office.follow("text=审核通过，上架", "商品审核")
        expect(office.page.locator(".notice")).to_contain_text("已上架")
        office.go("/office/certificates")
        office.check()

        seen = visit()
        seen.go("/products?q=核桃")
        assert "南江核桃" in seen.page.inner_text("main")
        seen.check()


class TestEnglish:
    def test_the_shop_speaks_english_around_the_goods(
        self, site: Site, visit: Visits, story: Story
    ) -> None:
        clerk = visit(DESK)
        clerk.enter(story.phones["clerk"])
        data = (
            ".ribbon, .page-head p, .product h3, .place, .crumbs, h1, .shop-name, .line-item h3, .line-item h4, .muted,"
            " .facts dd, .choice .title, .choice .hint, select, .price, .counts, [data-other-language],"
            " .flow, .pairing-ends, .card p, script"
        )
        for path in ("/?lang=en", "/products", f"/products/{story.mutton_id}", "/cart", "/orders"):
            page = clerk.go(path)
            assert page.get_attribute("html", "lang") == "en"
            chrome = page.evaluate(
                "names => { const body = document.body.cloneNode(true);"
                "body.querySelectorAll(names).forEach(e => e.remove()); return body.textContent; }",
                data,
            )
            assert re.findall("[\u4e00-\u9fff]+", chrome) == [], path


class TestPaging:
    def test_the_list_grows_in_place(self, site: Site, visit: Visits) -> None:
        with site.committed.context():
            cooperative = partners.make_cooperative()
            for number in range(30):
                make_product(cooperative.id, name=f"山货{number}")
            db.session.commit()
        visitor = visit(PHONE)
        page = visitor.go("/products")
        expect(page.locator(".product")).to_have_count(24)
        page.click("text=看更多")
        expect(page.locator(".product")).to_have_count(30)
        assert page.url.endswith("/products")
        assert page.locator("text=看更多").count() == 0
        visitor.check()
