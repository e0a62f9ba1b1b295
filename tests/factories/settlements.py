"""Completed sales, closed days, runs and statements, by the services that make them."""

import uuid
from datetime import UTC, date, datetime, timedelta

from sqlalchemy import select

from marketplace import clock
from marketplace.database import db
from marketplace.identity.actor import Actor
from marketplace.ids import new_id, new_number
from marketplace.permissions import Role
from orders.aftersales.models import AftersalesCase
from orders.aftersales.service import give_refund
from orders.payout_accounts.models import PayoutAccount
from orders.payout_accounts.service import set_payout_account
from orders.settlements import jobs, running, service
from orders.settlements.freezing import freeze
from orders.settlements.models import SettlementLine, SettlementRun, Statement
from orders.settlements.states import StatementState
from orders.trades.models import Order
from tests.factories.identity import actor_of, make_account
from tests.factories.orders import (
    Basket,
    Market,
    Seller,
    buy,
    complete,
    deliver,
    lines_of,
    send_back,
)

ACCOUNT_NO = "6222020200112233"
# Monday noon in Shanghai; windows in these tests close on later Mondays.
START = datetime(2026, 6, 1, 4, 0, tzinfo=UTC)


def make_finance_officer() -> Actor:
    """Make a finance officer whose authenticator was just shown."""
    return actor_of(make_account(role=Role.FINANCE_OFFICER))


def give_account(seller: Seller, account_no: str = ACCOUNT_NO) -> PayoutAccount:
    """Have a seller paid to an account."""
    return set_payout_account(
        seller.actor, seller.id, bank_name="示例农商银行", holder=seller.cooperative.name,
        account_no=account_no,
    )  # fmt: skip


def sell(market: Market, seller: Seller, basket: Basket) -> Order:
    """Sell and deliver; the order completes eight days later."""
    [order] = buy(market.buyer, basket)
    return deliver(market.buyer, seller, order)


def complete_later(*orders: Order) -> None:
    """Complete orders eight days from now; the clock goes back afterwards."""
    with clock.travel(clock.now() + timedelta(days=8)):
        assert [complete(order) for order in orders] == [True] * len(orders)


def refund_late(seller: Seller, order: Order, quantity: int = 1) -> AftersalesCase:
    """Have a cooperative refund pieces of an order's first line, and the buyer get the money."""
    case = give_refund(
        seller.actor, order.id, order_line_id=lines_of(order)[0].id, quantity=quantity,
        reason="少发一件",
    )  # fmt: skip
    send_back(case)
    return case


def settle(officer: Actor, end_on: date, *, is_issued: bool = True) -> SettlementRun:
    """Run a settlement to its end, and issue its statements."""
    run = running.start_run(officer, end_on=end_on)
    jobs.settle_run.func(run_id=str(run.id))
    if is_issued:
        jobs.issue_statements.func(run_id=str(run.id))
    db.session.expire_all()
    return run


def statements_of(seller_id: uuid.UUID) -> list[Statement]:
    """Return a cooperative's statements as they are stored, in order of their windows."""
    statement = select(Statement).where(Statement.cooperative_id == seller_id)
    ordered = statement.order_by(Statement.start_on)
    return list(db.session.scalars(ordered.execution_options(populate_existing=True)))


def payable_lines_of(seller_id: uuid.UUID) -> list[SettlementLine]:
    """Return a cooperative's payable lines in order of entry."""
    statement = select(SettlementLine).where(SettlementLine.cooperative_id == seller_id)
    return list(db.session.scalars(statement.order_by(SettlementLine.id)))


def release(statement: Statement, *officers: Actor) -> Statement:
    """Have officers release a statement, one after the other."""
    for officer in officers:
        service.release_statement(officer, statement.id)
    return statement


def make_statement(seller: Seller) -> Statement:
    """Write an issued statement over 100 yuan, without the sales behind it."""
    run = running.start_run(make_finance_officer(), end_on=clock.today())
    statement = Statement(
        id=new_id(),
        cooperative_id=seller.id,
        cooperative_name=seller.cooperative.name,
        run_id=run.id,
        statement_no=new_number("JS"),
        state=StatementState.DRAFT,
        start_on=clock.today() - timedelta(days=7),
        end_on=clock.today(),
        line_count=0,
        gross_fen=100_00,
        refunds_fen=0,
        fee_fen=0,
        fee_refunded_fen=0,
        carried_forward_fen=0,
        balance_fen=100_00,
        payable_fen=100_00,
    )
    db.session.add(statement)
    db.session.flush()
    freeze([statement.id])
    db.session.refresh(statement)
    return statement
