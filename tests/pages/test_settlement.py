"""The pages of settlement in a browser: confirmed on a phone, released and paid at a desk."""

import uuid
from dataclasses import dataclass
from datetime import date, timedelta

import pytest
from playwright.sync_api import expect

from marketplace import clock
from marketplace.database import transaction
from marketplace.permissions import Role
from tests.factories.identity import make_account
from tests.factories.orders import make_market
from tests.factories.settlements import (
    START,
    complete_later,
    give_account,
    make_finance_officer,
    sell,
    settle,
)
from tests.pages.conftest import DESK, PHONE, Site, Visitor, Visits

pytestmark = pytest.mark.browser


@dataclass(frozen=True, slots=True)
class Books:
    """Who takes part, by ids that any session may use."""

    cooperative_id: uuid.UUID
    manager_id: uuid.UUID
    officer_ids: tuple[uuid.UUID, ...]


def enter(visitor: Visitor, account_id: uuid.UUID) -> None:
    """Carry a session of the account, its authenticator just shown."""
    visitor.enter(account_id)


def settled(site: Site) -> Books:
    """Commit an issued statement of Nanjiang over 116 yuan, and two finance officers."""
    with site.app.app_context(), clock.travel(START):
        with transaction():
            market = make_market()
            give_account(market.nanjiang)
            complete_later(sell(market, market.nanjiang, [(market.mutton, 2)]))
            officers = [make_account(role=Role.FINANCE_OFFICER).id for _ in range(2)]
            actor = make_finance_officer()
            books = Books(market.nanjiang.id, market.nanjiang.manager.id, tuple(officers))
        with clock.travel(START + timedelta(days=15)):
            settle(actor, date(2026, 6, 15))
    return books


class TestSettlement:
    def test_is_confirmed_on_a_phone_and_paid_from_a_desk(self, site: Site, visit: Visits) -> None:
        books = settled(site)
        seller = visit(PHONE)
        enter(seller, books.manager_id)
        seller.go("/desk/statements")
        seller.check()
        seller.follow("main article a", "示例合作社 · 南江")
        seller.check()
        page = seller.follow("button:has-text('核对无误')")
        expect(page.locator("main")).to_contain_text("已核对")
        seller.check()
        page = seller.follow("main .facts a[href$='/households']", "返还农户")
        seller.check()
        page.fill("[name=households_1]", "12")
        page.fill("[name=amount_1]", "60")
        page = seller.follow("main form button")
        expect(page.locator("main")).to_contain_text("已登记，等对口办认定")
        seller.check()
        seller.go(f"/desk/payout-accounts/{books.cooperative_id}")
        seller.check()
        said = ("另一位财务也同意后才放款", "两位财务都已同意")
        for officer_id, told in zip(books.officer_ids, said, strict=True):
            finance = visit(DESK)
            enter(finance, officer_id)
            finance.go("/desk/settlements")
            finance.check()
            finance.go("/desk/statements")
            finance.follow("main article a", "示例合作社 · 南江")
            page = finance.follow("button:has-text('同意放款')")
            expect(page.locator("main")).to_contain_text(told)
            finance.check()
        finance.go("/desk/payouts")
        finance.check()
        page = finance.follow("text=生成付款批次")
        expect(page.locator("main")).to_contain_text("下载付款文件")
        finance.check()
        for path in ("", "/accounts/2202.02", "/entries", "/exports"):
            finance.go(f"/desk/journal{path}")
            finance.check()
        page = finance.go("/desk/journal/trial-balance?start_on=2026-06-01&end_on=2026-06-30")
        expect(page.locator("main")).to_contain_text("试算平衡")
        finance.check()
