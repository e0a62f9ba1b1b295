"""Settlement in pages: run and issued by finance, confirmed by the cooperative, released by two."""

import re
from collections.abc import Callable
from datetime import date, datetime, timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from marketplace.database import db
from marketplace.identity.models import Account
from marketplace.permissions import Role
from orders.settlements.correcting import confirm_correction, propose_correction
from orders.settlements.models import CorrectionPart, Statement
from orders.settlements.queries import get_statement, list_disputes, visible_to
from orders.settlements.service import confirm_statement, record_failed
from orders.settlements.states import StatementState
from orders.trades.models import Order
from tests.factories.identity import actor_of, make_account, sign_in_page
from tests.factories.orders import Market
from tests.factories.settlements import (
    START,
    complete_later,
    payable_lines_of,
    release,
    sell,
    settle,
    statements_of,
)


@pytest.fixture
def officers() -> list[Account]:
    return [make_account(role=Role.FINANCE_OFFICER) for _ in range(2)]


@pytest.fixture
def statement(
    market: Market,
    officers: list[Account],
    client: FlaskClient,
    travel: Callable[[datetime], None],
    run_jobs: Callable[[], int],
) -> Statement:
    """Run and issued from the finance page."""
    complete_later(sell(market, market.nanjiang, [(market.mutton, 2)]))
    travel(START + timedelta(days=15))
    token = sign_in_page(client, officers[0])
    form = {"csrf_token": token, "end_on": "2026-06-15"}
    assert client.post("/desk/settlements/runs", data=form).status_code == 303
    run_jobs()
    page = client.get("/desk/settlements").text
    address = page.split('action="/desk/settlements/runs/')[1].split('"')[0]
    client.post(f"/desk/settlements/runs/{address}", data={"csrf_token": token})
    run_jobs()
    return statements_of(market.nanjiang.id)[0]


def waiting_for(client: FlaskClient) -> list[str]:
    """What waits at the reader's desk, by its words."""
    page = client.get("/desk").text
    return re.findall(r'<strong class="desk-count">[^<]+</strong> ([^<]+)</a>', page)


class TestReleases:
    def test_are_told_by_name_to_officers_and_wait_for_the_other_one(
        self, client: FlaskClient, market: Market, statement: Statement
    ) -> None:
        path = f"/desk/statements/{statement.id}"
        confirm_statement(market.nanjiang.actor, statement.id)
        one, two = (
            make_account(role=Role.FINANCE_OFFICER, login_name=name)
            for name in ("finance-1", "finance-2")
        )
        token = sign_in_page(client, one)
        assert "待放款" in waiting_for(client)
        client.post(f"{path}/release", data={"csrf_token": token})
        assert "待放款" not in waiting_for(client), "the other officer's"
        page = client.get(path).text
        assert "finance-1 已同意放款 2026-06-16 12:00，等另一位财务" in page
        waiting = "finance-1 已同意放款，等另一位财务"
        assert waiting in client.get("/desk/statements").text
        token = sign_in_page(client, two)
        assert "待放款" in waiting_for(client)
        client.post(f"{path}/release", data={"csrf_token": token})
        page = client.get(path).text
        assert "现已放款" in page
        assert "finance-1 已同意放款 2026-06-16 12:00</p>" in page
        assert "finance-2 已同意放款 2026-06-16 12:00</p>" in page
        sign_in_page(client, make_account(role=Role.AUDITOR))
        assert "finance-2" in client.get(path).text
        sign_in_page(client, market.nanjiang.manager)
        page = client.get(path).text
        assert page.count("平台财务 已同意放款") == 2
        assert "finance-" not in page

    def test_are_not_waited_for_where_nothing_is_owed(
        self,
        client: FlaskClient,
        market: Market,
        officers: list[Account],
        statement: Statement,
        travel: Callable[[datetime], None],
    ) -> None:
        [line] = payable_lines_of(market.nanjiang.id)
        one, two = (actor_of(officer) for officer in officers)
        correction = propose_correction(
            one, statement.id, line_id=line.id, part=CorrectionPart.AMOUNT, amount_fen=-500,
            reason="多算",
        )  # fmt: skip
        confirm_correction(two, correction.id)
        travel(START + timedelta(days=22))
        settle(one, date(2026, 6, 22))
        following = statements_of(market.nanjiang.id)[1]
        path = f"/desk/statements/{following.id}"
        token = sign_in_page(client, market.nanjiang.manager)
        client.post(f"{path}/confirm", data={"csrf_token": token})
        page = client.get(path).text
        assert "本期没有应付款，不付款" in page
        assert "-5.00 元结转下期" in page
        assert "等平台放款" not in page
        sign_in_page(client, officers[0])
        assert "待放款" not in waiting_for(client)

    def test_are_asked_for_again_when_the_bank_could_not_pay(
        self, client: FlaskClient, market: Market, officers: list[Account], statement: Statement
    ) -> None:
        confirm_statement(market.nanjiang.actor, statement.id)
        release(statement, *(actor_of(officer) for officer in officers))
        record_failed(statement.id, failure="账户已销户")
        sign_in_page(client, officers[0])
        assert "付款失败" in waiting_for(client)
        address = f"/desk/statements/{statement.id}"
        assert "<dt>付款失败</dt><dd>账户已销户" in client.get(address).text
        page = client.get("/desk/statements?state=failed").text
        assert statement.statement_no in page
        for state in ("disputed", "released"):
            assert f'href="/desk/statements?state={state}"' in page
        again = get_statement(statement.id, visible_to(actor_of(officers[0])))
        release(again, *(actor_of(officer) for officer in officers))
        assert "<dt>此前一次付款失败</dt><dd>账户已销户" in client.get(address).text


class TestStatementPages:
    def test_lead_from_issue_to_release(
        self, client: FlaskClient, market: Market, officers: list[Account], statement: Statement
    ) -> None:
        path = f"/desk/statements/{statement.id}"
        token = sign_in_page(client, market.nanjiang.manager)
        assert statement.statement_no in client.get("/desk/statements").text
        page = client.get(path).text
        assert "116.00" in page
        assert "核对无误" in page
        assert client.get(f"{path}/statement.pdf").data.startswith(b"%PDF")
        assert client.get(f"{path}/statement.xlsx").data.startswith(b"PK")
        client.post(f"{path}/confirm", data={"csrf_token": token})
        for officer in officers:
            token = sign_in_page(client, officer)
            assert "同意放款" in client.get(path).text
            client.post(f"{path}/release", data={"csrf_token": token})
        assert statements_of(market.nanjiang.id)[0].state is StatementState.RELEASED

    def test_of_one_officer_do_not_offer_the_second_word(
        self, client: FlaskClient, market: Market, officers: list[Account], statement: Statement
    ) -> None:
        path = f"/desk/statements/{statement.id}"
        token = sign_in_page(client, market.nanjiang.manager)
        client.post(f"{path}/confirm", data={"csrf_token": token})
        token = sign_in_page(client, officers[0])
        client.post(f"{path}/release", data={"csrf_token": token})
        assert ">同意放款<" not in client.get(path).text
        client.post(f"{path}/release", data={"csrf_token": token})
        assert "两位不同的财务人员" in client.get(path).text
        assert statements_of(market.nanjiang.id)[0].state is StatementState.CONFIRMED

    def test_carry_a_dispute_and_its_answer(
        self, client: FlaskClient, market: Market, officers: list[Account], statement: Statement
    ) -> None:
        path = f"/desk/statements/{statement.id}"
        token = sign_in_page(client, market.nanjiang.manager)
        [line] = payable_lines_of(market.nanjiang.id)
        form = {"csrf_token": token, "line_id": str(line.id), "reason": "运费不对"}
        client.post(f"{path}/disputes", data=form)
        client.post(f"{path}/disputes", data={"csrf_token": token})
        assert "请选择一行并写明理由" in client.get(path).text
        token = sign_in_page(client, officers[0])
        assert "运费不对" in client.get(path).text
        [dispute] = list_disputes(statement)
        form = {"csrf_token": token, "answer": "按下单时的规则计算"}
        client.post(f"/desk/disputes/{dispute.id}/answer", data=form)
        page = client.get(path).text
        assert "按下单时的规则计算" in page
        assert "待合作社核对" in page

    def test_carry_a_correction_that_another_officer_agrees_to(
        self, client: FlaskClient, market: Market, officers: list[Account], statement: Statement
    ) -> None:
        path = f"/desk/statements/{statement.id}"
        [line] = payable_lines_of(market.nanjiang.id)
        token = sign_in_page(client, officers[0])
        form = {"csrf_token": token, "line_id": str(line.id), "part": "amount"}
        for wrong, why in (
            ({"amount": "0", "reason": "多算的包装费"}, "更正金额不能为 0"),
            ({"amount": "999999", "direction": "take", "reason": "多算的包装费"}, "不能扣回更多"),
        ):
            refused = client.post(f"{path}/corrections", data=form | wrong)
            assert refused.status_code == 422
            assert f'value="{line.id}" checked' in refused.text
            assert "多算的包装费</textarea>" in refused.text
            assert f'value="{wrong["amount"]}"' in refused.text
            assert '<details class="confirm" id="correct" open>' in refused.text
            assert why in refused.text
        form |= {"amount": "3.50", "direction": "take", "reason": "包装费多算"}
        client.post(f"{path}/corrections", data=form)
        page = client.get(path).text
        assert "-3.50" in page
        assert "您是提出人" in page
        assert "更正待复核" not in waiting_for(client), "another officer's"
        sign_in_page(client, make_account(role=Role.AUDITOR))
        told = client.get("/desk/audit?what=statement.correction_proposed").text
        order_no = db.session.scalars(select(Order.order_no).where(Order.id == line.order_id)).one()
        assert told.partition("<tbody>")[2].count(f">{order_no}</a>") == 2, "line and correction"
        address = page.split('action="/desk/statement-corrections/')[1].split("/")[0]
        token = sign_in_page(client, market.nanjiang.manager)
        assert "包装费多算" not in client.get(path).text
        token = sign_in_page(client, officers[1])
        assert "更正待复核" in waiting_for(client)
        listed = client.get("/desk/statements?state=correcting").text
        assert statement.statement_no in listed
        client.post(f"/desk/statement-corrections/{address}/confirm", data={"csrf_token": token})
        sign_in_page(client, market.nanjiang.manager)
        page = client.get(path).text
        assert "包装费多算" in page
        assert "视为核对无误" in page
        assert payable_lines_of(market.nanjiang.id)[-1].payable_fen == -350

    def test_are_empty_before_anything_is_settled(
        self, client: FlaskClient, market: Market
    ) -> None:
        sign_in_page(client, market.xinhe.manager)
        assert "还没有结算单" in client.get("/desk/statements").text

    def test_say_that_a_day_is_settled_already(
        self, client: FlaskClient, officers: list[Account], statement: Statement
    ) -> None:
        token = sign_in_page(client, officers[1])
        form = {"csrf_token": token, "end_on": "2026-06-15"}
        shown = client.get(client.post("/desk/settlements/runs", data=form).location).text
        assert "这一天此前已经结算过" in shown
        assert f'id="run-{statement.run_id}"' in shown
        assert "已开始结算" not in shown

    def test_say_why_a_run_cannot_begin(self, client: FlaskClient, market: Market) -> None:
        token = sign_in_page(client, make_account(role=Role.FINANCE_OFFICER))
        for end_on, said in (("", "请选择结算到哪一天"), ("2026-06-02", "所选日期不能晚于今天")):
            form = {"csrf_token": token, "end_on": end_on}
            client.post("/desk/settlements/runs", data=form)
            assert said in client.get("/desk/settlements").text
