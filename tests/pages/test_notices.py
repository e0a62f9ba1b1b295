"""A buyer's inbox and choices in a browser; what follows from them is met over HTTP elsewhere."""

import pytest
from playwright.sync_api import expect

from marketplace.database import transaction
from marketplace.outbox import spreading
from tests.factories.orders import buy, make_market, ship
from tests.pages.conftest import Site, Visits

pytestmark = pytest.mark.browser


def test_a_buyer_reads_and_chooses(site: Site, visit: Visits) -> None:
    with site.app.app_context():
        with transaction():
            market = make_market()
            buyer_id = market.shopper.id
            [order] = buy(market.buyer, [(market.mutton, 2)])
            ship(market.nanjiang, order)
            number = order.order_no
        spreading.spread()
    buyer = visit()
    page = buyer.enter(buyer_id, "/me/notices")
    expect(page.locator("fieldset")).to_have_count(3)
    page.uncheck("input[value='aftersales:sms']")
    buyer.follow("form[action='/me/notices'] button", "消息设置")
    expect(page.locator("input[value='aftersales:sms']")).not_to_be_checked()
    buyer.check()
    buyer.follow(".top-links a[href='/messages']", "消息")
    expect(page.locator(".top-links .bubble")).to_have_text("1")
    buyer.check()
    buyer.follow("article button")
    expect(page.locator("main")).to_contain_text(number)
    expect(page.locator(".top-links .bubble")).to_have_count(0)
