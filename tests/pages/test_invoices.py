"""Invoices in a browser: asked for on a phone, issued at a desk, reversed after a refund."""

import uuid
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import expect

from marketplace import clock
from marketplace.database import transaction
from orders.aftersales.service import agree_to_refund, apply_for_refund
from tests.factories import invoices as make
from tests.factories.orders import lines_of, make_market
from tests.factories.partners import new_credit_code
from tests.factories.units import make_unit
from tests.pages.conftest import DESK, PHONE, Site, Visits
from tests.pages.test_settlement import enter

pytestmark = pytest.mark.browser


@dataclass(frozen=True, slots=True)
class Sale:
    """A unit's purchase, by ids that any session may use."""

    clerk_id: uuid.UUID
    manager_id: uuid.UUID
    order_id: uuid.UUID


def sold(site: Site) -> Sale:
    """Commit three packs of tea, 99.99 yuan, bought for a unit."""
    with site.app.app_context(), transaction():
        market, unit = make_market(), make_unit()
        [order] = unit.buy([(market.tea, 3)])
        return Sale(unit.clerk.id, market.nanjiang.manager.id, order.id)


def give_a_piece_back(site: Site, sale: Sale) -> None:
    """Refund one of the three packs, as both sides agree."""
    with site.app.app_context(), transaction():
        buyer, seller = make.actors_of(sale.clerk_id, sale.manager_id)
        line = lines_of(make.order_of(sale.order_id))[0]
        case = apply_for_refund(
            buyer, sale.order_id, order_line_id=line.id, quantity=1, reason="破损"
        )
        agree_to_refund(seller, case.id)


def test_from_the_request_to_the_red_invoice(site: Site, visit: Visits, tmp_path: Path) -> None:
    sale = sold(site)
    clerk = visit(PHONE)
    enter(clerk, sale.clerk_id)
    page = clerk.go(f"/orders/{sale.order_id}")
    clerk.check()
    for _ in range(2):  # a file leaves the page standing, and its form free
        with page.expect_download() as paper:
            page.click("section[aria-labelledby=papers-title] button >> nth=0")
        assert paper.value.suggested_filename.endswith(".pdf")
    clerk.follow("a[href$='/invoice']", "申请发票")
    clerk.check()
    clerk.follow("a[href^='/invoice-titles/new']", "新增发票抬头")
    clerk.check()
    page.fill("#name", "示例小学 · 东阳")
    page.fill("#tax_no", new_credit_code())
    clerk.follow("main form button[type=submit]", "申请发票")
    clerk.follow("main form button[type=submit]", "待发货")
    expect(page.locator("section[aria-labelledby=invoices-title] .badge").first).to_have_text(
        "已申请"
    )

    manager = visit(DESK)
    enter(manager, sale.manager_id)
    desk = manager.go("/desk/invoices")
    manager.check()
    manager.follow("article a.button", "发票 ¥99.99")
    manager.check()
    pdf = tmp_path / "fapiao.pdf"
    pdf.write_bytes(make.make_pdf())
    desk.select_option("#treatment", "exempt")
    desk.fill("#number", make.new_invoice_no())
    desk.fill("#issued_on", clock.today().isoformat())
    desk.fill("#amount_yuan", "99.99")
    desk.set_input_files("#file", str(pdf))
    manager.follow("form[action$='/issue'] button[type=submit]", "发票")
    expect(desk.get_by_role("status")).to_contain_text("买方可以下载")

    give_a_piece_back(site, sale)
    manager.go("/desk/invoices?tab=red")
    manager.check()
    manager.follow("article a.button", "红字发票 ¥33.33")
    manager.check()

    clerk.go("/invoices")
    clerk.check()
    clerk.follow("article:has-text('99.99') a.button", "发票 ¥99.99")
    clerk.check()
    with page.expect_download() as taken:
        page.click("a[href$='/file']")
    assert Path(taken.value.path()).read_bytes() == pdf.read_bytes()
    clerk.go("/invoices/monthly")
    clerk.check()
    clerk.go("/papers")
    clerk.check()
