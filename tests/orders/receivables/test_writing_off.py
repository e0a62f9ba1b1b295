"""A debt that is given up: the books, the credit and the order follow; the unit owes it still."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from flask.testing import FlaskClient

from marketplace import clock
from marketplace.identity.actor import Actor
from marketplace.permissions import Role
from orders.fulfilment.jobs import complete_due_orders
from orders.journal.models import AccountKind
from orders.journal.queries import get_balance
from orders.payments import calls
from orders.receivables import queries, service
from orders.receivables.errors import (
    DebtChanged,
    DebtNotLongOverdue,
    OverdueBlocks,
    WriteOffBySameOfficer,
    WriteOffPending,
)
from orders.receivables.writing_off import (
    confirm_write_off,
    propose_write_off,
)
from orders.trades.models import Trade
from orders.trades.states import OrderState
from tests.factories.bank import Clerk, make_officers, refunds_of
from tests.factories.debts import buy_on_terms, debts_of, make_clerk_on_terms, repay_online
from tests.factories.identity import make_account, sign_in_page
from tests.factories.orders import Market, deliver, lines_of, make_market, orders_of
from tests.factories.settlements import refund_late
from tests.orders.invariants import broken

Officers = tuple[Actor, Actor]


@pytest.fixture
def officers() -> Officers:
    return make_officers()


@pytest.fixture
def clerk(officers: Officers) -> Clerk:
    return make_clerk_on_terms(officers)


@pytest.fixture
def market() -> Market:
    return make_market()


@pytest.fixture
def trade(market: Market, clerk: Clerk, travel: Callable[[datetime], None]) -> Trade:
    """Two legs of mutton (116 yuan), accepted and overdue beyond all grace."""
    trade = buy_on_terms(clerk.actor, [(market.mutton, 2)])
    deliver(clerk.actor, market.nanjiang, orders_of(trade.id)[0])
    travel(clock.now() + timedelta(days=70))
    return trade


class TestWriteOff:
    def test_books_a_loss_takes_the_credit_back_and_blocks_the_unit(
        self, market: Market, clerk: Clerk, officers: Officers, trade: Trade
    ) -> None:
        [debt] = debts_of(trade)
        assert repay_online(clerk.actor, trade, 2_900) == "repaid"
        write_off = propose_write_off(officers[0], debt.id, reason="单位已撤销")
        with pytest.raises(WriteOffPending):
            propose_write_off(officers[1], debt.id, reason="单位已撤销")
        with pytest.raises(WriteOffBySameOfficer):
            confirm_write_off(officers[0], write_off.id)
        confirm_write_off(officers[1], write_off.id)
        assert get_balance(AccountKind.BAD_DEBTS) == 8_700
        assert get_balance(AccountKind.UNIT_RECEIVABLES, clerk.unit.id) == 0
        [aged] = queries.list_ageing(clock.today())
        assert (aged.owed_fen, aged.over_30_fen, aged.written_off_fen) == (0, 0, 8_700)
        [order] = orders_of(trade.id)
        assert [line.uncollected_fen for line in lines_of(order)] == [8_700]
        complete_due_orders()
        assert orders_of(trade.id)[0].state is OrderState.COMPLETED
        assert get_balance(AccountKind.COOPERATIVE_PAYABLE) == -11_600
        assert broken() == []
        with pytest.raises(OverdueBlocks):
            service.lock_headroom(clerk.unit.id, 100)
        with pytest.raises(DebtNotLongOverdue):
            propose_write_off(officers[0], debt.id, reason="再核销")

    def test_is_recovered_as_income_and_reduced_by_a_late_refund(
        self, market: Market, clerk: Clerk, officers: Officers, trade: Trade
    ) -> None:
        [debt] = debts_of(trade)
        write_off = propose_write_off(officers[0], debt.id, reason="单位已撤销")
        confirm_write_off(officers[1], write_off.id)
        complete_due_orders()
        assert orders_of(trade.id)[0].state is OrderState.COMPLETED
        assert repay_online(clerk.actor, trade, 4_000) == "repaid"
        assert get_balance(AccountKind.BAD_DEBTS_RECOVERED) == -4_000
        assert broken() == []
        refund_late(market.nanjiang, orders_of(trade.id)[0])
        for refund in refunds_of(trade.id):
            calls.send_refund(refund.id)
        assert get_balance(AccountKind.BAD_DEBTS) == 5_800
        assert broken() == []
        assert repay_online(clerk.actor, trade) == "repaid"
        assert debts_of(trade)[0].settled_at is not None
        assert get_balance(AccountKind.BAD_DEBTS_RECOVERED) == -5_800
        assert not queries.is_blocked(clerk.unit.id, clock.today())
        assert broken() == []

    def test_waits_for_the_days_of_grace_and_for_the_same_amount(
        self,
        market: Market,
        clerk: Clerk,
        officers: Officers,
        trade: Trade,
        travel: Callable[[datetime], None],
    ) -> None:
        [debt] = debts_of(trade)
        write_off = propose_write_off(officers[0], debt.id, reason="单位已撤销")
        repay_online(clerk.actor, trade, 100)
        with pytest.raises(DebtChanged):
            confirm_write_off(officers[1], write_off.id)
        travel(clock.now() - timedelta(days=40))
        with pytest.raises(DebtNotLongOverdue):
            propose_write_off(officers[0], debt.id, reason="太早")


class TestWriteOffPages:
    def test_lead_from_proposal_to_agreement(
        self, client: FlaskClient, clerk: Clerk, trade: Trade
    ) -> None:
        one, two = (make_account(role=Role.FINANCE_OFFICER) for _ in range(2))
        [debt] = debts_of(trade)
        path = f"/desk/receivables/{clerk.unit.id}"
        token = sign_in_page(client, one)
        assert "提出核销" in client.get(path).text
        off = f"/desk/receivables/debts/{debt.id}/write-offs"
        client.post(off, data={"csrf_token": token})
        assert "请写明核销的理由" in client.get(path).text
        client.post(off, data={"csrf_token": token, "reason": "单位已撤销，催收无果"})
        page = client.get(path).text
        assert "您是提出人" in page
        waits = '<strong class="desk-count">1</strong> 核销待复核'
        assert waits not in client.get("/desk").text, "another officer's"
        token = sign_in_page(client, two)
        assert waits in client.get("/desk").text
        assert "核销待复核" in client.get("/desk/receivables").text
        address = client.get(path).text.split('action="/desk/write-offs/')[1].split("/")[0]
        client.post(f"/desk/write-offs/{address}/confirm", data={"csrf_token": token})
        page = client.get(path).text
        assert "已核销，仍应归还" in page
        assert "116.00" in page
