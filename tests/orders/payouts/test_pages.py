"""The bank's files in pages."""

import io
import re

import pytest
from flask import Flask, render_template_string
from flask.testing import FlaskClient

from marketplace.permissions import Role
from marketplace.spreadsheets import read_rows, write_csv
from orders.payouts.bank_files import AMOUNT, FAILURE, NUMBER, RESULT, SERIAL
from orders.settlements.models import Statement
from orders.settlements.states import StatementState
from tests.factories.identity import make_account, sign_in_page
from tests.factories.orders import Market
from tests.factories.settlements import ACCOUNT_NO, statements_of

# What acts: a form of the desk, and the file with account numbers in full.
OFFERS = re.compile(r'action="/desk/|file\.xlsx')

# As the pages have it in them.
FUNDS = '{% import "ui.html" as ui with context %}{% include "payouts/funds.html" %}'


class TestPayoutPages:
    def test_lead_from_the_batch_to_the_paid_statement(
        self, client: FlaskClient, market: Market, released: list[Statement]
    ) -> None:
        officer = make_account(role=Role.FINANCE_OFFICER, login_name="finance-1")
        token = sign_in_page(client, officer)
        waits = '<strong class="desk-count">2</strong> 已放款，待列入付款批次'
        assert waits in client.get("/desk").text
        path = client.post("/desk/payouts", data={"csrf_token": token}).headers["Location"]
        assert "待列入付款批次" not in client.get("/desk").text
        head, *rows = read_rows(client.get(f"{path}/file.xlsx").data)
        assert [row[head.index("收款账号")] for row in rows] == [ACCOUNT_NO, "6222020200445566"]
        assert ACCOUNT_NO not in client.get(path).text
        answers = [
            [row[head.index(NUMBER)], row[head.index(AMOUNT)], "成功", f"B{number}", ""]
            for number, row in enumerate(rows)
        ]
        table = [[NUMBER, AMOUNT, RESULT, SERIAL, FAILURE], *answers]
        wrong = [
            table[0],
            [],
            table[1],
            [answers[1][0], "1", "成功", "B9", ""],
            ["x", "", "成功", "B8", ""],
        ]
        both = ("第 4 行：金额与付款金额不符", "第 5 行：金额无法识别")
        for rows_sent, *told in ((wrong, *both), (table, "成功 2 笔", "已办结")):
            form = {"csrf_token": token, "file": (io.BytesIO(write_csv(rows_sent)), "回盘.csv")}
            client.post(f"{path}/results", data=form, content_type="multipart/form-data")
            page = client.get(path).text
            assert [said for said in told if said not in page] == []
        [statement] = statements_of(market.nanjiang.id)
        assert statement.state is StatementState.PAID
        deeds = client.get(f"/desk/statements/{statement.id}").text
        assert "款项付讫</strong> 系统（因 finance-1 的操作）" in deeds

    def test_are_read_by_the_auditor_who_takes_no_file(
        self, client: FlaskClient, market: Market, released: list[Statement]
    ) -> None:
        token = sign_in_page(client, make_account(role=Role.FINANCE_OFFICER))
        path = client.post("/desk/payouts", data={"csrf_token": token}).headers["Location"]
        token = sign_in_page(client, make_account(role=Role.AUDITOR))
        for each in ("/desk/payouts", path, "/desk/transfer-accounts", "/desk/settlements"):
            page = client.get(each)
            assert page.status_code == 200, each
            assert ACCOUNT_NO not in page.text
            assert OFFERS.findall(page.text) == [], each
        assert client.get(f"{path}/file.xlsx").status_code == 403
        for each in ("/desk/payouts", f"{path}/results", "/desk/settlements/runs"):
            assert client.post(each, data={"csrf_token": token}).status_code == 403

    def test_say_when_there_is_nothing_to_pay(self, client: FlaskClient, market: Market) -> None:
        token = sign_in_page(client, make_account(role=Role.FINANCE_OFFICER))
        client.post("/desk/payouts", data={"csrf_token": token})
        assert "没有已放款、待付款的结算单" in client.get("/desk/payouts").text

    @pytest.mark.parametrize(
        ("waiting", "held", "said"),
        [(0, -1, "为负数"), (500, -1, "为负数 不够付"), (500, 1, "不够付"), (0, 0, ""), (1, 1, "")],
    )
    def test_warn_of_what_is_so(self, app: Flask, waiting: int, held: int, said: str) -> None:
        with app.test_request_context():
            page = render_template_string(FUNDS, waiting_fen=waiting, balance_fen=held)
        assert [each for each in ("为负数", "不够付") if each in page] == said.split()


class TestPayoutAccountPage:
    def test_takes_an_account_and_shows_its_end(self, client: FlaskClient, market: Market) -> None:
        path = f"/desk/payout-accounts/{market.nanjiang.id}"
        token = sign_in_page(client, market.nanjiang.manager)
        form = {"csrf_token": token, "bank_name": "示例农商银行南江支行", "holder": "示例合作社"}
        refused = client.post(path, data=form | {"account_no": "12"})
        assert refused.status_code == 422
        assert "银行账号应为 8 至 32 位数字" in refused.text
        client.post(path, data=form | {"account_no": "6222 0202 0077 8899"})
        page = client.get(path).text
        assert "**** 8899" in page
        assert "62220202" not in page
