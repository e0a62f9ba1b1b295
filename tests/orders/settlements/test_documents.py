"""A statement as people keep it: three sheets that add up, and a paper in Chinese."""

import io
from collections.abc import Callable
from datetime import date, datetime, timedelta

import pytest
from flask.testing import FlaskClient
from python_calamine import CalamineWorkbook

from marketplace.identity.actor import Actor
from marketplace.permissions import Role
from orders.settlements.documents import write_statement_pdf, write_statement_xlsx
from orders.settlements.models import Statement
from tests.factories.coupons import claim, make_sellers_coupon
from tests.factories.identity import make_account, sign_in
from tests.factories.orders import Market, buy, deliver
from tests.factories.settlements import (
    START,
    complete_later,
    refund_late,
    sell,
    settle,
    statements_of,
)


@pytest.fixture
def statement(market: Market, officer: Actor, travel: Callable[[datetime], None]) -> Statement:
    """Two pieces of mutton and one of tea sold; a piece of mutton refunded after completion."""
    own = claim(
        market.shopper, make_sellers_coupon(market.nanjiang, from_fen=3000, amount_off_fen=133)
    )
    order = sell(market, market.nanjiang, [(market.mutton, 2)])
    [dear] = buy(market.buyer, [(market.tea, 1)], coupon_ids=[own])
    complete_later(order, deliver(market.buyer, market.nanjiang, dear))
    travel(START + timedelta(days=9))
    refund_late(market.nanjiang, order)
    travel(START + timedelta(days=15))
    settle(officer, date(2026, 6, 15))
    return statements_of(market.nanjiang.id)[0]


def sheet(book: CalamineWorkbook, name: str) -> tuple[list, list[list]]:
    head, *rows = book.get_sheet_by_name(name).to_python()
    return head, rows


class TestWriteStatementXlsx:
    def test_has_three_sheets_that_add_up(self, statement: Statement) -> None:
        book = CalamineWorkbook.from_filelike(io.BytesIO(write_statement_xlsx(statement)))
        assert book.sheet_names == ["结算单", "订单入账", "退款与更正"]
        summary = dict(sheet(book, "结算单")[1])
        assert summary["订单入账（元）"] == 148
        assert summary["合作社承担优惠（已扣）（元）"] == 1.33
        assert summary["退款（元）"] == -58
        assert summary["应付金额（元）"] == 90
        assert summary["收款账号"] == "**** 2233"
        head, sold = sheet(book, "订单入账")
        assert sorted(row[head.index("应付（元）")] for row in sold[:-1]) == [32, 116]
        assert (sold[-1][0], sold[-1][head.index("应付（元）")]) == ("合计", 148)
        head, refunds = sheet(book, "退款与更正")
        assert [row[head.index("应付（元）")] for row in refunds] == [-58, -58]


class TestWriteStatementPdf:
    def test_is_the_same_paper_for_the_same_statement(self, statement: Statement) -> None:
        first = write_statement_pdf(statement)
        assert first.startswith(b"%PDF-")
        assert b"NotoSansSC" in first
        assert write_statement_pdf(statement) == first


class TestDownloads:
    @pytest.mark.parametrize(
        ("name", "magic"), [("statement.xlsx", b"PK"), ("statement.pdf", b"%PDF")]
    )
    def test_are_for_those_who_read_the_statement(
        self, client: FlaskClient, market: Market, statement: Statement, name: str, magic: bytes
    ) -> None:
        path = f"/api/v1/settlements/statements/{statement.id}/{name}"
        for account in (market.nanjiang.manager, make_account(role=Role.AUDITOR)):
            sign_in(client, account)
            file = client.get(path)
            assert file.data.startswith(magic)
            assert "attachment" in file.headers["Content-Disposition"]
        sign_in(client, market.xinhe.manager)
        assert client.get(path).status_code == 404
