"""A unit's year agrees with its orders and with the journal, to the fen, however it is split."""

import io
import uuid
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from flask.testing import FlaskClient
from python_calamine import CalamineWorkbook
from sqlalchemy import event, func, select

from marketplace import clock
from marketplace.database import db
from marketplace.permissions import Role
from orders.aftersales.service import give_refund
from orders.journal.models import Posting
from orders.spending.errors import SpendingUnknown
from orders.spending.service import Spending, get_spending
from orders.trades.models import Order
from partners.buying_units.service import file_purchasing
from tests.factories.debts import buy_on_terms, grant
from tests.factories.identity import make_account, sign_in, sign_in_page
from tests.factories.invoices import ask, issue
from tests.factories.orders import Market, lines_of, make_market, send_back
from tests.factories.settlements import make_finance_officer
from tests.factories.units import Unit, make_unit

Travel = Callable[[datetime], None]


def booked_for(unit_ids: list[uuid.UUID]) -> int:
    """What the journal says the orders of units come to, net of what was given back."""
    orders = select(Order.id).where(Order.buying_unit_id.in_(unit_ids))
    total = select(func.coalesce(func.sum(Posting.amount_fen), 0))
    return -int(db.session.scalars(total.where(Posting.order_id.in_(orders))).one())


def kept_of(unit: Unit) -> int:
    """What a unit's orders say themselves."""
    orders = db.session.scalars(select(Order).where(Order.buying_unit_id == unit.unit.id)).all()
    return sum(
        order.total_fen - order.freight_refunded_fen
        - sum(line.refunded_fen for line in lines_of(order))
        for order in orders
    )  # fmt: skip


def splits(spending: Spending) -> list[int]:
    parts = (spending.months, spending.cooperatives, spending.origins, spending.categories,
             spending.by_unit)  # fmt: skip
    return [sum(part.net_fen for part in own) for own in parts]


@pytest.fixture
def market() -> Market:
    return make_market()


@pytest.fixture
def unit() -> Unit:
    return make_unit()


class TestGetSpending:
    def test_agrees_with_orders_and_journal(
        self, market: Market, unit: Unit, travel: Travel
    ) -> None:
        travel(datetime(2026, 3, 31, 15, 59, tzinfo=UTC))
        [first, _] = sorted(
            unit.buy([(market.mutton, 3), (market.rawap, 1)]),
            key=lambda order: order.cooperative_id != market.nanjiang.id,
        )
        travel(datetime(2026, 3, 31, 16, 1, tzinfo=UTC))
        unit.buy([(market.tea, 2)])
        send_back(
            give_refund(market.nanjiang.actor, first.id, order_line_id=lines_of(first)[0].id,
                        quantity=1, reason="少发一件")
        )  # fmt: skip
        make_unit().buy([(market.tea, 1)])

        spending = get_spending(unit.actor, unit.unit.id, year=2026)
        assert spending.whole.net_fen == kept_of(unit) == booked_for([unit.unit.id])
        assert splits(spending) == [spending.whole.net_fen] * 5
        assert [(part.key, part.orders) for part in spending.months] == [
            ("2026-03", 2), ("2026-04", 1),
        ]  # fmt: skip
        assert spending.whole.refunded_fen == 5800
        assert {part.name for part in spending.cooperatives} == {
            market.nanjiang.cooperative.name, market.xinhe.cooperative.name,
        }  # fmt: skip
        assert get_spending(unit.actor, unit.unit.id, year=2025).whole.orders == 0

    def test_counts_the_reserved_share_against_what_was_filed(
        self, market: Market, unit: Unit, travel: Travel
    ) -> None:
        travel(datetime(2026, 5, 4, 4, tzinfo=UTC))
        file_purchasing(
            unit.actor, unit.unit.id, year=2026, canteen_purchasing_fen=1_000_000,
            share_basis_points=1000, union_purchasing_fen=0, remark="",
        )  # fmt: skip
        unit.buy([(market.mutton, 2), (market.rawap, 1)])
        share = get_spending(unit.actor, unit.unit.id, year=2026).reserved_share
        # Mutton of Nanjiang counts; an instrument is no food.
        assert (share.target_fen, share.pending_fen, share.confirmed_fen) == (100_000, 11_600, 0)

    def test_tells_what_has_no_invoice_and_what_is_due(self, market: Market, unit: Unit) -> None:
        [asked] = unit.buy([(market.mutton, 1)])
        [issued] = unit.buy([(market.mutton, 2)])
        ask(unit.actor, [asked])
        issue(market.nanjiang.actor, ask(unit.actor, [issued]))
        officers = (make_finance_officer(), make_finance_officer())
        grant(officers, unit.unit.id, 1_000_000)
        trade = buy_on_terms(unit.actor, [(market.tea, 1)])
        year = clock.today().year
        spending = get_spending(unit.actor, unit.unit.id, year=year)
        standing, due = spending.standing, spending.due
        assert standing.requested_fen == asked.total_fen
        assert standing.issued_fen == issued.total_fen
        assert spending.whole.net_fen == sum(
            (standing.requested_fen, standing.issued_fen, standing.uninvoiced_fen)
        )
        assert (due.owed_fen, due.overdue_fen, due.next_due_on) == (trade.total_fen, 0, None)

    def test_adds_the_units_below_when_asked(self, market: Market, unit: Unit) -> None:
        below = make_unit(name="示例幼儿园 · 东阳", parent_id=unit.unit.id)
        unit.buy([(market.tea, 1)])
        below.buy([(market.tea, 2)])
        year = clock.today().year
        own = get_spending(unit.actor, unit.unit.id, year=year)
        both = get_spending(unit.actor, unit.unit.id, year=year, includes_below=True)
        assert own.whole.net_fen == kept_of(unit)
        assert both.whole.net_fen == booked_for([unit.unit.id, below.unit.id])
        assert [part.orders for part in both.by_unit] == [1, 1]
        assert get_spending(unit.actor, below.unit.id, year=year).whole.orders == 1
        with pytest.raises(SpendingUnknown):
            get_spending(below.actor, unit.unit.id, year=year)

    def test_takes_as_many_statements_for_many_orders_as_for_one(
        self, market: Market, unit: Unit
    ) -> None:
        def count() -> int:
            said: list[str] = []

            def listen(*arguments: object) -> None:
                said.append(str(arguments[2]))

            event.listen(db.engine, "before_cursor_execute", listen)
            try:
                get_spending(unit.actor, unit.unit.id, year=clock.today().year)
            finally:
                event.remove(db.engine, "before_cursor_execute", listen)
            return len(said)

        unit.buy([(market.tea, 1)])
        count()
        once = count()
        unit.buy([(market.tea, 1), (market.mutton, 1), (market.rawap, 1)])
        assert count() == once


class TestPages:
    def test_show_clerks_and_approvers_their_unit(
        self, client: FlaskClient, market: Market, unit: Unit
    ) -> None:
        unit.buy([(market.mutton, 2)])
        approver = make_account(role=Role.BUYING_UNIT_APPROVER, scope=unit.unit.id)
        sign_in_page(client, approver)
        assert client.get("/spending").headers["Location"] == f"/units/{unit.unit.id}/spending"
        page = client.get(f"/units/{unit.unit.id}/spending?below=1")
        assert page.status_code == 200
        assert "116.00" in page.text
        assert market.nanjiang.cooperative.name in page.text

    def test_give_the_year_as_a_spreadsheet(
        self, client: FlaskClient, market: Market, unit: Unit
    ) -> None:
        orders = unit.buy([(market.mutton, 2), (market.rawap, 1)])
        sign_in(client, unit.clerk)
        taken = client.get(f"/api/v1/buying-units/{unit.unit.id}/spending.xlsx")
        book = CalamineWorkbook.from_filelike(io.BytesIO(taken.data))
        assert book.sheet_names == [
            "汇总", "按月", "按合作社", "按产地", "按品类", "按单位", "订单明细",
        ]  # fmt: skip
        [_, *rows] = book.get_sheet_by_name("订单明细").to_python()
        assert {(row[2], row[7]) for row in rows} == {
            (order.order_no, order.total_fen / 100) for order in orders
        }
        answer = client.get(f"/api/v1/buying-units/{unit.unit.id}/spending").json
        assert answer["whole"]["net_fen"] == sum(order.total_fen for order in orders)
        assert answer["invoices"]["uninvoiced_orders"] == 2
