"""Reconciliation in a browser: a day is compared, its difference closed, and its day says so."""

import uuid
from dataclasses import dataclass
from datetime import date, timedelta

import pytest
from playwright.sync_api import expect

from marketplace import clock
from marketplace.database import db, transaction
from marketplace.identity.actor import Actor
from marketplace.ids import new_id
from marketplace.permissions import Role
from orders.payments import calls
from orders.payments.models import PaymentAttempt
from orders.payments.sandbox.adapter import MERCHANT
from orders.payments.sandbox.service import confirm_payment, open_payment
from tests.factories.identity import make_account
from tests.factories.orders import make_market, place
from tests.pages.conftest import Site, Visits

pytestmark = pytest.mark.browser


@dataclass(frozen=True, slots=True)
class Day:
    """A day that is over, on which the sandbox took one payment more than we know."""

    day: date
    officer_id: uuid.UUID


def traded(site: Site) -> Day:
    with site.app.app_context(), clock.travel(clock.now() - timedelta(days=1)):
        with transaction():
            market = make_market()
            trade_id = place(market.buyer, [(market.mutton, 2)]).trade.id
            buyer, officer_id = market.buyer, make_account(role=Role.FINANCE_OFFICER).id
        attempt_id = calls.start_payment(Actor(id=buyer.account_id), trade_id, "sandbox")
        with transaction():
            paid = db.session.get_one(PaymentAttempt, attempt_id).provider_reference
        confirm_payment(paid or "")
        calls.poll_attempt(attempt_id)
        stray = open_payment(
            merchant=MERCHANT, merchant_reference=new_id(), number="FK", amount=8_800,
            currency="CNY", subject="示例", return_url=site.url, notify_url=f"{site.url}/none",
        )  # fmt: skip
        confirm_payment(stray)
        return Day(clock.today(), officer_id)


class TestReconciliation:
    def test_a_difference_is_found_and_closed(self, site: Site, visit: Visits) -> None:
        over = traded(site)
        officer = visit()
        officer.enter(over.officer_id)
        page = officer.go("/desk/reconciliation")
        expect(page.locator("table .badge.confirmed")).to_have_count(0)
        page.fill("input[name=day]", over.day.isoformat())
        page = officer.follow("text=核对这一天")
        expect(page.locator("h1")).to_contain_text("核对中")
        site.committed.run_jobs()
        page.reload()
        expect(page.locator("h1")).to_contain_text("有差异")
        officer.check()
        officer.go("/desk/differences")
        officer.check()
        page = officer.follow("article h3 a")
        expect(page.locator("h1")).to_contain_text("渠道有收款，本站没有对应的付款")
        officer.check()
        page.fill("textarea[name=reason]", "渠道后台手工收款，已补录")
        page = officer.follow("text=以此理由结案")
        expect(page.locator("h1")).to_contain_text("已结案")
        expect(page.locator("main")).to_contain_text("渠道后台手工收款，已补录")
        page = officer.go("/desk/reconciliation")
        expect(page.locator("table .badge.confirmed")).to_have_count(0)
        officer.check()
        page = officer.follow("table .badge.information")
        expect(page.locator("h1")).to_contain_text("已结案 1 项 · ¥88.00")
        officer.check()
