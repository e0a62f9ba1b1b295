"""Paying by bank transfer in a browser: announced on a phone, brought in and agreed at two desks."""

import uuid
from dataclasses import dataclass

import pytest

from marketplace.database import transaction
from marketplace.permissions import Role
from marketplace.spreadsheets import write_csv
from orders.bank_entries.statement_files import HEAD
from tests.factories.bank import code_of, make_clerk, receipt
from tests.factories.identity import make_account
from tests.factories.orders import make_market, place, trade_of
from tests.factories.pictures import picture
from tests.pages.conftest import DESK, PHONE, Site, Visits
from tests.pages.test_settlement import enter

pytestmark = pytest.mark.browser


@dataclass(frozen=True, slots=True)
class Books:
    """Who takes part, by ids that any session may use."""

    trade_id: uuid.UUID
    clerk_id: uuid.UUID
    officer_ids: tuple[uuid.UUID, ...]


def placed(site: Site) -> Books:
    """Commit a unit's trade over 116 yuan, and two finance officers."""
    with site.app.app_context(), transaction():
        market, clerk = make_market(), make_clerk()
        trade_id = place(clerk.actor, [(market.mutton, 2)]).trade.id
        officers = [make_account(role=Role.FINANCE_OFFICER).id for _ in range(2)]
        return Books(trade_id, clerk.account.id, tuple(officers))


class TestBankTransfer:
    def test_is_announced_on_a_phone_and_agreed_at_two_desks(
        self, site: Site, visit: Visits
    ) -> None:
        books = placed(site)
        clerk = visit(PHONE)
        enter(clerk, books.clerk_id)
        pay = f"/trades/{books.trade_id}/pay"
        page = clerk.go(pay)
        page.check("input[value=bank_transfer]")
        clerk.follow(".pay-form button[type=submit]", "等待转账到账")
        clerk.check()
        slip = {"name": "回单.jpg", "mimeType": "image/jpeg", "buffer": picture()}
        page.set_input_files("input[name=proof]", slip)
        clerk.follow("text=上传凭证 >> nth=-1", "等待转账到账")
        assert "已上传凭证" in page.inner_text("main")

        with site.app.app_context():
            code = code_of(trade_of(books.trade_id))
            rows = [receipt(5_000, code), receipt(6_600, code), receipt(88, name="陌生人")]
        one, two = visit(DESK), visit(DESK)
        enter(one, books.officer_ids[0])
        enter(two, books.officer_ids[1])
        page = one.go("/desk/bank-entries")
        statement = {"name": "流水.csv", "mimeType": "text/csv", "buffer": write_csv([HEAD, *rows])}
        page.set_input_files("input[name=file]", statement)
        one.follow("form[action$=import] button")
        assert "自动找到交易 2 笔" in page.inner_text("body")
        one.check()
        one.follow("main article a")
        one.check()
        page = two.go("/desk/bank-entries?state=proposed")
        two.check()
        two.follow("text=复核通过", "银行流水")
        clerk.go(pay)
        clerk.check()
        assert "请补足余款" in clerk.page.inner_text("h1")
        two.follow("text=复核通过", "银行流水")
        clerk.go(pay)
        assert clerk.page.inner_text("h1") == "付款成功"
