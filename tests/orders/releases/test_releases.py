"""Several statements released at once: each its own two officers and audit row, refusals row by row."""

from collections.abc import Callable
from datetime import date, datetime, timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select

from marketplace.audit import AuditEntry
from marketplace.database import db
from marketplace.identity.models import Account
from marketplace.ids import new_id
from marketplace.permissions import Role
from orders.settlements.models import Statement
from orders.settlements.service import confirm_statement
from orders.settlements.states import StatementState
from tests.factories.identity import actor_of, make_account, sign_in, sign_in_page
from tests.factories.orders import Market
from tests.factories.settlements import START, complete_later, sell, settle, statements_of
from tests.orders.settlements.conftest import market

__all__ = ["market"]


@pytest.fixture
def officers() -> list[Account]:
    return [make_account(role=Role.FINANCE_OFFICER) for _ in range(2)]


@pytest.fixture
def statements(
    market: Market, officers: list[Account], travel: Callable[[datetime], None]
) -> list[Statement]:
    """Nanjiang's is confirmed, Xinhe's not yet."""
    complete_later(
        sell(market, market.nanjiang, [(market.mutton, 2)]),
        sell(market, market.xinhe, [(market.rawap, 1)]),
    )
    travel(START + timedelta(days=15))
    settle(actor_of(officers[0]), date(2026, 6, 15))
    [mine], [theirs] = statements_of(market.nanjiang.id), statements_of(market.xinhe.id)
    confirm_statement(market.nanjiang.actor, mine.id)
    return [mine, theirs]


def audited(statement: Statement) -> list[str]:
    rows = select(AuditEntry.action).where(
        AuditEntry.subject_id == str(statement.id), AuditEntry.action.like("statement.release%")
    )
    return list(db.session.scalars(rows.order_by(AuditEntry.id)))


class TestApi:
    def test_tells_each_row_by_itself(
        self, client: FlaskClient, market: Market, officers: list[Account],
        statements: list[Statement],
    ) -> None:  # fmt: skip
        mine, theirs = statements
        stranger = new_id()
        body = {"statement_ids": [str(mine.id), str(theirs.id), str(mine.id), str(stranger)]}
        said = []
        for officer in (officers[0], officers[0], officers[1]):
            sign_in(client, officer)
            answer = client.post("/api/v1/settlements/releases", json=body)
            assert answer.status_code == 200
            rows = {row["statement_id"]: row for row in answer.json["items"]}
            assert rows[str(theirs.id)]["refusal"] == "statement_state_forbids"
            assert rows[str(stranger)]["refusal"] == "statement_not_found"
            said.append((rows[str(mine.id)]["state"], rows[str(mine.id)]["refusal"]))

        assert said == [
            ("confirmed", None), ("confirmed", "released_by_same_officer"), ("released", None),
        ]  # fmt: skip
        assert audited(mine) == ["statement.release_begun", "statement.released"]
        assert audited(theirs) == []
        sign_in(client, officers[0], stepped_up=False)
        assert client.post("/api/v1/settlements/releases", json=body).status_code == 403


class TestPages:
    def test_are_found_and_ticked(
        self, client: FlaskClient, market: Market, officers: list[Account],
        statements: list[Statement],
    ) -> None:  # fmt: skip
        mine, theirs = statements
        confirm_statement(market.xinhe.actor, theirs.id)
        for officer, told in ((officers[0], "已记下您对 2 张的同意"), (officers[1], "已放款 2 张")):
            form = {"csrf_token": sign_in_page(client, officer), "state": "confirmed"}
            found = client.get(f"/desk/statements?q={mine.statement_no[3:9].lower()}").text
            assert mine.statement_no in found
            assert theirs.statement_no not in found
            assert 'name="statement"' in found
            client.post("/desk/statements/release", data=form)
            assert "请勾选" in client.get("/desk/statements").text
            chosen = {"statement": [str(mine.id), str(theirs.id), "x"]}
            answer = client.post("/desk/statements/release", data=form | chosen)
            assert answer.location == "/desk/statements?state=confirmed"
            assert told in client.get(answer.location).text
        states = db.session.scalars(select(Statement.state).order_by(Statement.id)).all()
        assert set(states) == {StatementState.RELEASED}
        assert db.session.scalar(select(func.count()).select_from(Statement)) == 2
        assert "没有找到" in client.get("/desk/statements?q=%25").text
        # The platform has no money at the bank yet.
        assert "银行账户的余额不够付" in client.get("/desk/payouts").text
