"""Moves of trades and orders: guarded updates, and the one path by which a trade becomes paid."""

import uuid
from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, bindparam, inspect, select, update

from marketplace import audit, clock
from marketplace.database import Model, db
from marketplace.identity.actor import SYSTEM, Actor
from orders.journal import service as journal
from orders.journal.entries import Entry
from orders.trades.errors import TradeNotFound
from orders.trades.facts import one_person_on_both_sides, sale_facts
from orders.trades.models import Order, OrderLine, Trade
from orders.trades.states import (
    CANCEL_ORDER,
    PAY_ORDER,
    PAY_TRADE,
    Move,
    TradeState,
)
from partners.credits import service as credit_service
from products.stock import service as stock


class PaidOutcome(StrEnum):
    """What became of money for a trade: only ``accepted`` and ``repeated`` keep it."""

    ACCEPTED = "accepted"
    REPEATED = "repeated"
    SECOND_SUCCESS = "second_success"
    TRADE_CANCELLED = "trade_cancelled"
    TRADE_EXPIRED = "trade_expired"


def mark_trade_paid(
    trade_id: uuid.UUID,
    *,
    attempt_id: uuid.UUID,
    paid_at: datetime,
    captured: Entry | None = None,
) -> PaidOutcome:
    """Make an open trade paid: its orders, the journal and the pending credits, or nothing.

    ``captured`` books the money's arrival, and is booked with the rest if the trade is now paid.
    Safe to call again with the same attempt. Whatever is not kept (a second success, money for
    a cancelled or expired trade) is the caller's to give back. Joins the caller's transaction, in a
    fixed number of statements, because every sale passes here.
    """
    lines = _pay_orders(trade_id, attempt_id, paid_at)
    if not lines:
        return _why_not_paid(trade_id, attempt_id)
    forget(Trade, Order)
    journal.post_trade_paid(trade_id, _totals(lines), captured=captured)
    credit_service.credit_sales([sale_facts(line) for line in lines])
    return PaidOutcome.ACCEPTED


def _may(column: Any, move: Move) -> ColumnElement[bool]:
    condition: ColumnElement[bool] = column.in_(sorted(move.sources))
    return condition


def _why_not_paid(trade_id: uuid.UUID, attempt_id: uuid.UUID) -> PaidOutcome:
    found = db.session.execute(
        select(Trade.state, Trade.paid_attempt_id).where(Trade.id == trade_id)
    ).first()
    if found is None:
        raise TradeNotFound
    if found.state == TradeState.CANCELLED:
        return PaidOutcome.TRADE_CANCELLED
    if found.state == TradeState.EXPIRED:
        return PaidOutcome.TRADE_EXPIRED
    if found.paid_attempt_id == attempt_id:
        return PaidOutcome.REPEATED
    return PaidOutcome.SECOND_SUCCESS


def _pay_orders(
    trade_id: uuid.UUID, attempt_id: uuid.UUID, paid_at: datetime
) -> Sequence[Row[Any]]:
    """Make an open trade and its orders paid, and return their lines with the orders' facts.

    One statement; nothing changes, and nothing comes back, when the trade is not open.
    """
    agreed = {
        "of_trade": trade_id,
        "by_attempt": attempt_id,
        "moment": paid_at,
        "day": clock.shanghai_date(paid_at),
    }
    return db.session.execute(_paying_orders(), agreed).all()


@cache
def _paying_orders() -> Select[Any]:
    """Build the statement once: it runs for every sale."""
    trade = (
        update(Trade)
        .where(Trade.id == bindparam("of_trade"), _may(Trade.state, PAY_TRADE))
        .values(
            state=PAY_TRADE.target,
            paid_at=bindparam("moment"),
            paid_attempt_id=bindparam("by_attempt"),
        )
        .returning(Trade.id)
        .cte("trade")
    )
    paid = (
        update(Order)
        .where(Order.trade_id == trade.c.id, _may(Order.state, PAY_ORDER))
        .values(state=PAY_ORDER.target, paid_at=bindparam("moment"), sale_on=bindparam("day"))
        .returning(
            Order.id.label("order_id"),
            Order.cooperative_id,
            Order.cooperative_name,
            Order.total_fen.label("order_total_fen"),
            Order.sale_on,
            Order.buying_unit_id,
            Order.buying_unit_name,
            Order.buying_unit_kind,
            Order.buying_unit_is_budget,
            Order.attribution_code,
            Order.channel,
            Order.outlet_id,
            *one_person_on_both_sides(),
        )
        .cte("paid")
    )
    line = OrderLine.__table__
    joined = (paid.c.cooperative_id == line.c.cooperative_id) & (paid.c.order_id == line.c.order_id)
    facts = [column for column in paid.c if column.name not in ("order_id", "cooperative_id")]
    return select(line, *facts).join(paid, joined).order_by(line.c.order_id, line.c.position)


def _totals(lines: Sequence[Row[Any]]) -> list[journal.OrderTotal]:
    by_order = {line.order_id: line for line in lines}
    return [
        journal.OrderTotal(
            order_id=line.order_id,
            cooperative_id=line.cooperative_id,
            amount_fen=line.order_total_fen,
        )
        for line in by_order.values()
    ]


def close_trade(trade_id: uuid.UUID, move: Move, *, actor: Actor = SYSTEM) -> bool:
    """Cancel or expire an open trade: its orders end and their stock is free again.

    Returns False, and changes nothing, when the trade is no longer open: the guarded update is
    what decides a race with a payment.
    """
    now = clock.now()
    moved = db.session.execute(
        update(Trade)
        .where(Trade.id == trade_id, _may(Trade.state, move))
        .values(state=move.target, closed_at=now)
        .returning(Trade.id)
        .execution_options(synchronize_session=False)
    ).first()
    if moved is None:
        return False
    closed = db.session.execute(
        update(Order)
        .where(Order.trade_id == trade_id, _may(Order.state, CANCEL_ORDER))
        .values(state=CANCEL_ORDER.target, closed_at=now)
        .returning(Order.id)
        .execution_options(synchronize_session=False)
    ).all()
    forget(Trade, Order)
    audit.record_all([_entry(row.id, CANCEL_ORDER, actor) for row in closed])
    stock.release_all([row.id for row in closed])
    return True


def _entry(order_id: uuid.UUID, move: Move, actor: Actor) -> dict[str, Any]:
    return audit.entry(
        f"order.{move.deed}", "order", order_id, actor=actor, after={"state": move.target}
    )


def move_order(order: Order, move: Move, *, actor: Actor, **values: Any) -> bool:
    """Make a move on one order by a guarded update; returns False when it does not start here.

    Writes the audit row of the move: no other code changes the state of a paid order.
    """
    moved = db.session.execute(
        update(Order)
        .where(
            Order.cooperative_id == order.cooperative_id,
            Order.id == order.id,
            _may(Order.state, move),
        )
        .values(state=move.target, **values)
        .returning(Order.id)
        .execution_options(synchronize_session=False)
    ).first()
    db.session.expire(order, ["state", *values])
    if moved is not None:
        audit.record_all([_entry(moved.id, move, actor)])
    return moved is not None


def forget(*models: type[Model]) -> None:
    """Expire loaded rows of these tables, which a statement has changed behind the session."""
    for loaded in list(db.session.identity_map.values()):
        if isinstance(loaded, models) and not inspect(loaded).expired:
            db.session.expire(loaded)
