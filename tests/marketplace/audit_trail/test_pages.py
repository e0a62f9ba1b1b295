"""The trail in pages: readable, narrowed by what people know, taken in files that it tells of."""

import csv
import io
import uuid
from collections.abc import Callable

import pytest
from flask import Flask, g
from flask.testing import FlaskClient
from sqlalchemy import event, select

from marketplace import audit
from marketplace.audit import AuditEntry
from marketplace.audit_trail import exporting
from marketplace.audit_trail.showing import list_deeds
from marketplace.database import db
from marketplace.identity.actor import ANONYMOUS, SYSTEM
from marketplace.identity.models import Account
from marketplace.permissions import Role
from orders.trades.models import Order
from partners.cooperatives.models import Cooperative
from tests.factories.identity import actor_of, make_account, sign_in_page
from tests.factories.orders import buy, make_market

TRAIL = "/desk/audit"


@pytest.fixture
def auditor(client: FlaskClient) -> Account:
    account = make_account(role=Role.AUDITOR, login_name="auditor-zhang")
    sign_in_page(client, account)
    return account


def bought() -> Order:
    market = make_market()
    [order] = buy(market.buyer, [(market.tea, 1)])
    return order


class TestShowAuditTrail:
    def test_says_in_words_who_changed_what(self, client: FlaskClient, auditor: Account) -> None:
        statement_id = uuid.uuid4()
        audit.record(
            "statement.correction_proposed", "statement", statement_id, actor=actor_of(auditor),
            before={"state": "issued"}, after={"state": "disputed", "amount_fen": 123450},
        )  # fmt: skip
        page = client.get(f"{TRAIL}?number={statement_id}").text
        for said in (
            "auditor-zhang",
            "提出更正",
            "结算单",
            "<del>已出具</del> → 有异议",
            "1,234.50 元",
        ):
            assert said in page
        assert "Correction proposed" in client.get(f"{TRAIL}?number={statement_id}&lang=en").text

    def test_narrows_by_person_action_thing_and_period(
        self, client: FlaskClient, auditor: Account
    ) -> None:
        order = bought()
        clerk = make_account(role=Role.FINANCE_OFFICER, login_name="finance-li")
        audit.record("difference.closed", "reconciliation_difference", uuid.uuid4(),
                     actor=actor_of(clerk), after={"reason": "手续费晚到"})  # fmt: skip
        audit.record("order.noted", "order", order.id, actor=SYSTEM)
        by_person = client.get(f"{TRAIL}?who=finance-li").text
        assert "手续费晚到" in by_person
        assert "填写内部备注" not in rows_of(by_person)
        for query in (f"number={order.order_no}", "what=order.noted", "what=order"):
            rows = rows_of(client.get(f"{TRAIL}?{query}").text)
            assert "填写内部备注" in rows, query
            assert "差异结案" not in rows, query
            assert f'href="/orders/{order.id}"' in rows
        assert "填写内部备注" not in rows_of(client.get(f"{TRAIL}?end_on=2020-01-01").text)

    @pytest.mark.parametrize(
        ("query", "said"),
        [
            ("who=nobody", "没有这个登录名"),
            ("number=JD7K2M", "没有找到这个编号"),
            ("start_on=yesterday", "请填写日期"),
            ("start_on=2026-02-02&end_on=2026-02-01", "截止日期早于起始日期"),
            ("what=nothing", "没有这种操作"),
        ],
    )
    def test_names_what_it_cannot_read(
        self, client: FlaskClient, auditor: Account, query: str, said: str
    ) -> None:
        answer = client.get(f"{TRAIL}?{query}")
        assert said in answer.text
        assert rows_of(answer.text) == ""
        assert 'class="card"' not in answer.text.partition("<main")[2]
        assert client.get(f"{TRAIL}/entries.csv?{query}").status_code == 422

    def test_goes_through_a_kind_of_thing_page_by_page(
        self, client: FlaskClient, auditor: Account
    ) -> None:
        for number in range(60):
            action = ("refund.requested", "refund_settlement.confirmed")[number % 2]
            audit.record(action, "refund", f"r{number:02}", actor=SYSTEM)
        first = client.get(f"{TRAIL}?what=refund").text
        following = first.split('rel="next"')[0].rpartition('href="')[2].split('"')[0]
        second = client.get(following.replace("&amp;", "&")).text
        seen = [n for n in range(60) if f">r{n:02}<" in rows_of(first)]
        left = [n for n in range(60) if f">r{n:02}<" in rows_of(second)]
        assert (seen, left) == (list(range(10, 60)), list(range(10)))

    def test_asks_the_same_number_of_questions_for_one_entry_and_for_many(
        self, client: FlaskClient, auditor: Account
    ) -> None:
        order = bought()
        asked: list[int] = []
        for count in (1, 30):
            for _ in range(count):
                audit.record("order.noted", "order", order.id, actor=actor_of(auditor))
            asked.append(count_statements(lambda: client.get(f"{TRAIL}?what=order.noted")))
        assert asked[0] == asked[1]

    def test_names_a_cooperatives_people_by_their_role_and_place(
        self, client: FlaskClient, auditor: Account
    ) -> None:
        market = make_market()
        seller = market.nanjiang
        audit.record("order.noted", "order", uuid.uuid4(), actor=seller.actor)
        audit.record("order.noted", "order", uuid.uuid4(), actor=market.buyer)
        rows = rows_of(client.get(f"{TRAIL}?what=order.noted").text)
        assert f"合作社负责人 …{str(seller.actor.id)[-8:]}" in rows
        assert f"个人买家 …{str(market.buyer.id)[-8:]}" in rows
        name = db.session.scalars(select(Cooperative.name).where(Cooperative.id == seller.id)).one()
        assert f"{name} 合作社负责人" in rows


def count_statements(deed: Callable[[], object]) -> int:
    sent: list[str] = []

    def note(conn: object, cursor: object, statement: str, *rest: object) -> None:
        sent.append(statement)

    connection = db.session.connection()
    event.listen(connection, "before_cursor_execute", note)
    deed()
    event.remove(connection, "before_cursor_execute", note)
    return len(sent)


def rows_of(page: str) -> str:
    return page.partition("<tbody>")[2]


class TestExport:
    def test_takes_what_was_asked_for_and_says_so_in_the_trail(
        self, client: FlaskClient, auditor: Account
    ) -> None:
        audit.record("fee_rate.set", "fee_rate", uuid.uuid4(), actor=actor_of(auditor),
                     after={"rate_bp": 120, "reason": "=1+1"})  # fmt: skip
        answer = client.get(f"{TRAIL}/entries.csv?what=fee_rate.set")
        [head, row] = list(csv.reader(io.StringIO(answer.data.decode("utf-8-sig"))))
        assert (head[1], row[1], row[2]) == ("经办人", "auditor-zhang", "设定服务费率")
        assert client.get(f"{TRAIL}/entries.xlsx?what=fee_rate.set").data[:2] == b"PK"
        taken = db.session.scalars(
            select(AuditEntry).where(AuditEntry.action == "audit_trail.exported")
        ).all()
        told = [(each.account_id, each.after) for each in taken]
        assert (auditor.id, {"format": "csv", "count": 1, "kind": "fee_rate.set"}) in told

    def test_is_bounded(
        self, client: FlaskClient, auditor: Account, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(exporting, "MOST_ROWS", 3)
        for number in range(5):
            audit.record("fee_rate.set", "fee_rate", str(number), actor=ANONYMOUS)
        answer = client.get(f"{TRAIL}/entries.csv?what=fee_rate.set")
        assert len(answer.data.splitlines()) == 4


class TestListDeeds:
    def test_names_officers_to_those_who_work_for_the_platform_only(self, app: Flask) -> None:
        officer = make_account(role=Role.FINANCE_OFFICER, login_name="finance-wang")
        audit.record("payout_batch.made", "payout_batch", "b1", actor=actor_of(officer))
        audit.record("payout_batch.downloaded", "payout_batch", "b1", actor=actor_of(officer))
        audit.record("payout_batch.made", "payout_batch", "b2", actor=actor_of(officer))
        with app.test_request_context():
            g.actor = actor_of(officer)
            deeds = list_deeds([("payout_batch", "b1")])
            begun = list_deeds([("payout_batch", "b1")], ("payout_batch.made",))
        assert [(d.who, d.what) for d in deeds] == [
            ("finance-wang", "生成付款批次"), ("finance-wang", "下载付款文件"),
        ]  # fmt: skip
        assert len(begun) == 1
        manager = make_account(role=Role.COOPERATIVE_MANAGER, scope=uuid.uuid4())
        with app.test_request_context():
            g.actor = actor_of(manager)
            assert list_deeds([("payout_batch", "b1")]) == []
