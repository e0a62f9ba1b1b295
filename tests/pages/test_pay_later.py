"""Paying later in a browser: granted at two desks, bought and seen to be due on a phone."""

import uuid
from dataclasses import dataclass

import pytest

from marketplace.database import transaction
from marketplace.permissions import Role
from tests.factories.bank import make_clerk
from tests.factories.identity import make_account
from tests.factories.orders import make_market, place
from tests.pages.conftest import DESK, PHONE, Site, Visits
from tests.pages.test_settlement import enter

pytestmark = pytest.mark.browser


@dataclass(frozen=True, slots=True)
class Books:
    """Who takes part, by ids that any session may use."""

    trade_id: uuid.UUID
    unit_id: uuid.UUID
    clerk_id: uuid.UUID
    officer_ids: tuple[uuid.UUID, ...]


def placed(site: Site) -> Books:
    """Commit a unit's trade over 116 yuan, and two finance officers."""
    with site.app.app_context(), transaction():
        market, clerk = make_market(), make_clerk()
        trade_id = place(clerk.actor, [(market.mutton, 2)]).trade.id
        officers = [make_account(role=Role.FINANCE_OFFICER).id for _ in range(2)]
        return Books(trade_id, clerk.unit.id, clerk.account.id, tuple(officers))


class TestPayLater:
    def test_is_granted_at_two_desks_and_used_on_a_phone(self, site: Site, visit: Visits) -> None:
        books = placed(site)
        one, two, clerk = visit(DESK), visit(DESK), visit(PHONE)
        enter(one, books.officer_ids[0])
        enter(two, books.officer_ids[1])
        enter(clerk, books.clerk_id)
        page = one.go(f"/desk/receivables/{books.unit_id}")
        one.check()
        page.fill("input[name=limit]", "200")
        page.fill("input[name=reason]", "采购协议")
        one.follow("text=提出，等另一位财务复核", "示例小学 · 缙云")
        page = two.go("/desk/receivables")
        two.go(f"/desk/receivables/{books.unit_id}")
        two.follow("text=复核通过", "示例小学 · 缙云")
        page = clerk.go(f"/trades/{books.trade_id}/pay")
        page.check("input[value=pay_later]")
        clerk.follow(".pay-form button[type=submit]", "先货后款，待付款")
        clerk.check()
        clerk.go("/payables")
        clerk.check()
        two.go("/desk/receivables")
        two.check()
        two.follow("main table a", "示例小学 · 缙云")
        two.check()
