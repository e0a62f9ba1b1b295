"""Paying by card in a browser: filled in, declined, asked by the bank, and back to the truth."""

import uuid
from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from marketplace.database import transaction
from orders.payments.providers import EXTENSION
from orders.payments.stripe.reading import read_events
from tests import stripe_server
from tests.factories.orders import DONGYANG, make_market, place
from tests.orders.payments.stripe.conftest import provider_for
from tests.pages.conftest import DESK, PHONE, Site, Visits
from tests.stripe_server import PUBLISHABLE_KEY, SECRET_KEY, FakeStripe

pytestmark = pytest.mark.browser


@pytest.fixture
def stripe(site: Site, monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeStripe]:
    with stripe_server.serve() as fake:
        provider = provider_for(fake.url, SECRET_KEY, PUBLISHABLE_KEY)
        monkeypatch.setitem(site.app.extensions, EXTENSION, {"stripe": provider})
        yield fake


def placed(site: Site) -> tuple[uuid.UUID, str]:
    """Commit a trade over 116 yuan; returns its buyer and its pay page."""
    with site.app.app_context(), transaction():
        market = make_market()
        trade = place(market.buyer, [(market.mutton, 2)], DONGYANG).trade
        return market.shopper.id, f"/trades/{trade.id}/pay"


class TestPayByCard:
    def test_another_card_after_a_refusal_and_a_word_with_the_bank(
        self, site: Site, visit: Visits, stripe: FakeStripe
    ) -> None:
        buyer_id, address = placed(site)
        # The script does not come: the page says so, and nothing is lost.
        desk = visit(DESK)
        desk.page.route("**/stripe.js", lambda route: route.fulfill(body="", status=200))
        page = desk.enter(buyer_id, address)
        page.check("input[value='stripe:card']")
        desk.follow(".pay-form button[type=submit]", "银行卡付款")
        expect(page.locator("#card-unavailable")).to_contain_text("银行卡表单没有加载出来")
        desk.check()

        visitor = visit(PHONE)
        page = visitor.enter(buyer_id, address)
        visitor.follow("text=继续付款", "银行卡付款")
        number = page.get_by_label("卡号")
        number.fill("4000 0000 0000 0002")
        visitor.check()
        page.click("#card-form button")
        expect(page.locator("#card-error")).to_have_text("您的卡被拒绝了。")
        number.fill("4000 0027 6000 3184")
        page.click("#card-form button")
        page.get_by_role("button", name="确认付款").click()
        expect(page.locator("h1")).to_have_text("等待付款结果")
        with site.committed.context():
            read_events()
        expect(page.locator("h1")).to_have_text("付款成功")
