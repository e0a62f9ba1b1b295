"""A cooperative's own shop is told of orders: the endpoint, its secret, the log, sending again."""

import uuid
from collections.abc import Iterator
from dataclasses import replace

import pytest
from playwright.sync_api import expect

from marketplace.database import transaction
from marketplace.outbox import spreading
from marketplace.outbox.kinds import EventKind
from marketplace.outbox.service import announce
from tests.factories.orders import make_seller
from tests.marketplace.endpoints.conftest import Answer, Storefront
from tests.pages.conftest import Site, Visits

pytestmark = pytest.mark.browser


@pytest.fixture
def storefront(site: Site) -> Iterator[Storefront]:
    """A receiver on this machine, which this site may call."""
    settings = site.app.config["SETTINGS"]
    site.app.config["SETTINGS"] = replace(settings, webhooks_to_loopback=True)
    receiver = Storefront()
    yield receiver
    receiver.close()
    site.app.config["SETTINGS"] = settings


def test_a_manager_has_a_shop_told_and_finds_out_what_went_wrong(
    site: Site, visit: Visits, storefront: Storefront
) -> None:
    with site.app.app_context(), transaction():
        seller = make_seller("示例合作社 · 南江", "511922")
        manager_id, cooperative_id = seller.manager.id, seller.id
    manager = visit()
    page = manager.enter(manager_id, "/desk/webhooks")
    manager.check()
    manager.follow("main a[href='/desk/webhooks/new']", "添加推送地址")
    page.fill("#label", "官网商城")
    page.fill("#url", "https://192.168.0.1/hooks")
    page.check("input[value='order.paid']")
    manager.follow("main button[type=submit]", "添加推送地址")
    expect(page.locator("#url-error")).to_contain_text("内部网络")
    manager.faults.clear()  # the browser says of itself that the form was refused
    manager.check()
    page.fill("#url", storefront.url())
    manager.follow("main button[type=submit]", "签名密钥")
    assert page.input_value("#secret").startswith("whsec_")
    manager.check()
    manager.follow("main .actions a", "官网商城")
    storefront.say(Answer(500, body="数据库忙".encode()), Answer(200))
    manager.follow("form[action$='/test'] button", "官网商城")
    site.run_jobs()
    page.reload()
    expect(page.locator("article")).to_contain_text("数据库忙")
    expect(page.locator("article .badge")).to_have_text("未送达")
    manager.check()
    with site.app.app_context():
        with transaction():
            announce(
                EventKind.ORDER_PAID, subject_id=uuid.uuid4(), cooperative_id=cooperative_id,
                facts={"state": "paid", "total_fen": 5800},
            )  # fmt: skip
        spreading.spread()
    manager.follow("article form[action$='/replay'] button", "官网商城")
    site.run_jobs()
    page.reload()
    expect(page.locator("article .badge")).to_have_text(["已送达", "已送达"])
    assert len(storefront.received) == 3
    page.locator("article details summary").first.click()
    expect(page.locator("article details").first).to_contain_text('"total_fen":5800')
    manager.check()
