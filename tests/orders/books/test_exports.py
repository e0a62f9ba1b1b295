"""Exports: files that accountants can read in, that balance, and that stay as they are."""

import csv
import hashlib
import io
from collections.abc import Callable
from datetime import UTC, datetime

from flask.testing import FlaskClient
from python_calamine import CalamineWorkbook

from marketplace import clock
from marketplace.database import db
from marketplace.permissions import Role
from tests.factories.identity import make_account, sign_in, sign_in_page
from tests.factories.orders import buy, make_market

MONTH = {"start_on": "2026-03-01", "end_on": "2026-03-31"}


class TestExports:
    def test_hold_the_vouchers_of_a_period(
        self, client: FlaskClient, travel: Callable[[datetime], None], run_jobs: Callable[[], int]
    ) -> None:
        travel(datetime(2026, 3, 2, 4, tzinfo=UTC))
        market = make_market()
        # A name that a spreadsheet would take for a formula.
        market.nanjiang.cooperative.name = "=1+1"
        db.session.flush()
        orders = buy(market.buyer, [(market.mutton, 2), (market.rawap, 1)])
        travel(datetime(2026, 4, 3, 4, tzinfo=UTC))
        sign_in(client, make_account(role=Role.FINANCE_OFFICER))
        asked = client.post("/api/v1/journal/exports", json=MONTH)
        assert asked.status_code == 201, asked.json
        address = f"/api/v1/journal/exports/{asked.json['id']}"
        early = client.get(f"{address}/journal.csv")
        assert (early.status_code, early.json["code"]) == (409, "journal_export_not_ready")
        run_jobs()

        export = client.get(address).json
        total = sum(order.total_fen for order in orders)
        assert (export["state"], export["vouchers"], export["rows"]) == ("done", 2, 5)
        assert export["debit_fen"] == export["credit_fen"] == 2 * total

        raw = client.get(f"{address}/journal.csv", buffered=True)
        assert hashlib.sha256(raw.data).hexdigest() == export["csv_digest"]
        assert raw.data.startswith(b"\xef\xbb\xbf")
        head, *rows = csv.reader(io.StringIO(raw.data.decode("utf-8-sig")))
        assert head[:5] == ["凭证号", "日期", "摘要", "科目编码", "科目名称"]
        assert [row[0] for row in rows] == ["记-202603-000001"] * 2 + ["记-202603-000002"] * 3
        assert rows[0][1:5] == [
            "2026-03-02", "收到买家付款", "1012.01", "其他货币资金—支付渠道待结算款",
        ]  # fmt: skip
        assert rows[0][6:8] == [f"{total / 100:.2f}", ""]
        assert "'=1+1" in [row[5] for row in rows]

        book = client.get(f"{address}/journal.xlsx", buffered=True)
        assert hashlib.sha256(book.data).hexdigest() == export["xlsx_digest"]
        sheets = CalamineWorkbook.from_filelike(io.BytesIO(book.data))
        assert sheets.sheet_names == ["凭证分录", "科目余额表", "科目表"]
        written = sheets.get_sheet_by_name("凭证分录").to_python()
        assert sum(row[6] for row in written[1:] if row[6] != "") == 2 * total / 100
        trial = sheets.get_sheet_by_name("科目余额表").to_python()
        assert trial[-1][1] == "合计"
        assert trial[-1][6] == trial[-1][7] == total / 100

    def test_are_refused_for_days_that_are_not_over(self, client: FlaskClient) -> None:
        token = sign_in_page(client, make_account(role=Role.AUDITOR))
        today = clock.today().isoformat()
        page = client.post(
            "/desk/journal/exports",
            data={"start_on": today, "end_on": today, "csrf_token": token},
        )
        assert page.status_code == 422
        assert "截止日期最晚是昨天" in page.text
        assert "还没有导出过" in page.text
