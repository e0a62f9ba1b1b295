"""Moves of trades and orders: guarded updates, and the one path by which a trade becomes paid."""

import uuid
from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, inspect, select, update

from marketplace import audit, clock
from marketplace.database import Model, db
from marketplace.identity.actor import SYSTEM, Actor
from marketplace.outbox.service import announcing
from marketplace.statements import Part, fetch_all, write_together
from orders.coupons.service import return_coupons
from orders.journal import service as journal
from orders.journal.entries import Entry, trade_paid
from orders.pickups.moving import move_pickups
from orders.trades.errors import TradeNotFound
from orders.trades.facts import ONE_PERSON_ON_BOTH_SIDES, sale_facts
from orders.trades.models import Order, Trade
from orders.trades.states import (
    CANCEL_ORDER,
    CLOSE_PICKUP,
    PAY_ORDER,
    PAY_TRADE,
    VOID_ORDER,
    Move,
    TradeState,
)
from orders.trades.telling import closed_announcement, moved_announcement, paid_announcements
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
    audited: Sequence[dict[str, Any]] = (),
    beside: Sequence[Part] = (),
) -> PaidOutcome:
    """Make an open trade paid: its orders, the journal and the pending credits, or nothing.

    ``captured`` books the money's arrival, and is booked with the rest if the trade is now paid;
    ``audited`` (rows of the trail, made by ``audit.entry``) and ``beside`` are then written in the
    same statement, and the trail's rows of the trade and its orders. Safe to call again with the same attempt.
    Whatever is not kept (a second success, money for a cancelled or expired trade) is the caller's
    to give back. Joins the caller's transaction, in two statements, because every sale passes here.
    """
    lines = _pay_orders(trade_id, attempt_id, paid_at)
    if not lines:
        return _why_not_paid(trade_id, attempt_id)
    forget(Trade, Order)
    booked = [*([captured] if captured else []), trade_paid(trade_id, _totals(lines))]
    first = lines[0]
    posting = journal.posting(booked, booked_on=first.journal_on)
    crediting, _ = credit_service.crediting(
        [sale_facts(line) for line in lines], booked_on=first.booked_on, versions=first.versions
    )
    trail = audit.writing([*audited, *_paid_entries(trade_id, lines, SYSTEM)])
    paid = {line.order_id: line for line in lines}.values()
    told = announcing(paid_announcements(trade_id, paid, goods_first=False))
    write_together(*([posting] if posting else []), crediting, trail, told, *beside)
    return PaidOutcome.ACCEPTED


def release_unpaid(
    trade_id: uuid.UUID, *, attempt_id: uuid.UUID, actor: Actor
) -> list[journal.OrderTotal]:
    """Let an open trade's goods go before its money: its orders are to be shipped, and owed.

    What it counts for waits until the goods are accepted. Returns the orders' totals; none, and
    nothing changes, when the trade is not open.
    """
    values = {"trade_id": trade_id, "attempt_id": attempt_id, "moment": clock.now()}
    released = fetch_all(_RELEASE_ORDERS, values)
    forget(Trade, Order)
    if released:
        audited = audit.writing(_paid_entries(trade_id, released, actor))
        told = announcing(paid_announcements(trade_id, released, goods_first=True))
        write_together(audited, told)
    return [
        journal.OrderTotal(
            order_id=order.order_id,
            cooperative_id=order.cooperative_id,
            amount_fen=order.order_total_fen,
            coupon_fen=order.platform_discount_fen,
        )
        for order in released
    ]


def count_accepted(order: Order) -> None:
    """Count the sale of goods that came first, on the day of their acceptance; the order is locked.

    What was refunded before is counted and taken back, so that the sale tells the whole.
    """
    values = {
        "order_id": order.id,
        "day": clock.today(),
        "pretended": clock.travelled_to(),
    }
    lines = fetch_all(_COUNT_ORDER, values)
    db.session.expire(order, ["sale_on"])
    if not lines:
        return
    credit_service.credit_sales([sale_facts(line) for line in lines])
    for line in lines:
        if line.refunded_fen:
            credit_service.reverse_sale(
                cooperative_id=order.cooperative_id,
                line_id=line.id,
                cause_id=order.id,
                returned_fen_total=line.refunded_fen,
            )


def listed(move: Move) -> str:
    """Return the states in which a move may start, as a list in SQL."""
    return ", ".join(f"'{state}'" for state in sorted(move.sources))


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


def _pay_orders(trade_id: uuid.UUID, attempt_id: uuid.UUID, paid_at: datetime) -> Sequence[Any]:
    """Make an open trade and its orders paid, and return their lines with the orders' facts.

    One statement; nothing changes, and nothing comes back, when the trade is not open.
    """
    agreed = {
        "trade_id": trade_id,
        "attempt_id": attempt_id,
        "moment": paid_at,
        "day": clock.shanghai_date(paid_at),
        "pretended": clock.travelled_to(),
    }
    return fetch_all(_PAY_ORDERS, agreed)


_FACTS_OF_ORDER = f"""RETURNING orders.id, orders.account_id, cooperative_id, cooperative_name, total_fen AS order_total_fen, sale_on,
        buying_unit_id, buying_unit_name, buying_unit_kind, buying_unit_is_budget,
        attribution_code, channel, outlet_id, {ONE_PERSON_ON_BOTH_SIDES}"""
_LINES_OF_PAID = """
SELECT l.id, l.order_id, l.platform_discount_fen, l.product_id, l.product_name, l.category_code, l.product_kind,
    l.origin_code, l.quantity, l.unit, l.net_fen, l.refunded_fen, l.freight_fen, l.certificate_no,
    l.certificate_valid_from, l.certificate_valid_to, l.certificate_state, l.is_food_or_farm,
    p.account_id, p.cooperative_id, p.cooperative_name, p.order_total_fen, p.sale_on, p.buying_unit_id,
    p.buying_unit_name, p.buying_unit_kind, p.buying_unit_is_budget, p.attribution_code,
    p.channel, p.outlet_id, p.buyer_is_seller, p.unit_clerk_is_seller,
    looked.journal_on, looked.booked_on, looked.versions
FROM paid p
JOIN order_lines l ON l.cooperative_id = p.cooperative_id AND l.order_id = p.id
CROSS JOIN looked
ORDER BY l.order_id, l.position
"""

# The ledgers' days are taken here as well, the journal's first, and what sales are judged by.
_PAY_ORDERS = f"""
WITH trade AS (
    UPDATE trades SET state = '{PAY_TRADE.target}', paid_at = %(moment)s,
        paid_attempt_id = %(attempt_id)s
    WHERE id = %(trade_id)s AND state IN ({listed(PAY_TRADE)})
    RETURNING id
), paid AS (
    UPDATE orders SET state = '{PAY_ORDER.target}', paid_at = %(moment)s, sale_on = %(day)s
    FROM trade
    WHERE orders.trade_id = trade.id AND orders.state IN ({listed(PAY_ORDER)})
    {_FACTS_OF_ORDER}
), looked AS MATERIALIZED (
    SELECT book_day('journal', %(pretended)s) AS journal_on, {credit_service.LOOK}
)
{_LINES_OF_PAID}
"""  # noqa: S608 - our own states

_RELEASE_ORDERS = f"""
WITH trade AS (
    UPDATE trades SET state = '{PAY_TRADE.target}', paid_at = %(moment)s,
        paid_attempt_id = %(attempt_id)s
    WHERE id = %(trade_id)s AND state IN ({listed(PAY_TRADE)})
    RETURNING id
)
UPDATE orders SET state = '{PAY_ORDER.target}', paid_at = %(moment)s, goods_first = true,
    settled_at = CASE WHEN total_fen = 0 THEN %(moment)s END
FROM trade
WHERE orders.trade_id = trade.id AND orders.state IN ({listed(PAY_ORDER)})
RETURNING orders.id AS order_id, orders.account_id, cooperative_id, buying_unit_id,
    total_fen AS order_total_fen, platform_discount_fen
"""  # noqa: S608 - our own states

_COUNT_ORDER = f"""
WITH paid AS (
    UPDATE orders SET sale_on = %(day)s
    WHERE id = %(order_id)s AND goods_first AND sale_on IS NULL
    {_FACTS_OF_ORDER}
), looked AS MATERIALIZED (
    SELECT book_day('journal', %(pretended)s) AS journal_on, {credit_service.LOOK}
)
{_LINES_OF_PAID}
"""  # noqa: S608 - our own fragments


def _totals(lines: Sequence[Any]) -> list[journal.OrderTotal]:
    by_order = {line.order_id: line for line in lines}
    coupons: dict[uuid.UUID, int] = {}
    for line in lines:
        if line.platform_discount_fen:
            coupons[line.order_id] = coupons.get(line.order_id, 0) + line.platform_discount_fen
    return [
        journal.OrderTotal(
            order_id=line.order_id,
            cooperative_id=line.cooperative_id,
            amount_fen=line.order_total_fen,
            coupon_fen=coupons.get(line.order_id, 0),
        )
        for line in by_order.values()
    ]


def close_trade(trade_id: uuid.UUID, move: Move, *, actor: Actor = SYSTEM) -> bool:
    """Cancel or expire an open trade: its orders end, stock and coupons are free again.

    Returns False, and changes nothing, when the trade is no longer open: the guarded update is
    what decides a race with a payment.
    """
    now = clock.now()
    moved = db.session.execute(
        update(Trade)
        .where(Trade.id == trade_id, _may(Trade.state, move))
        .values(state=move.target, closed_at=now)
        .returning(Trade.account_id, Trade.total_fen)
        .execution_options(synchronize_session=False)
    ).first()
    if moved is None:
        return False
    closed = db.session.execute(
        update(Order)
        .where(Order.trade_id == trade_id, _may(Order.state, CANCEL_ORDER))
        .values(state=CANCEL_ORDER.target, closed_at=now)
        .returning(Order.id, Order.buying_unit_id, Order.pickup_point_id)
        .execution_options(synchronize_session=False)
    ).all()
    forget(Trade, Order)
    entries = [_entry(row.id, CANCEL_ORDER, actor) for row in closed]
    audited = audit.writing([_trade_entry(trade_id, move, actor), *entries])
    unit_id = closed[0].buying_unit_id if closed else None
    told = announcing([closed_announcement(trade_id, move, moved, unit_id)])
    write_together(audited, told)
    kept = [row.id for row in closed if row.pickup_point_id is not None]
    if kept:
        move_pickups(kept, CLOSE_PICKUP, actor=actor)
    # Coupons before stock, in the order in which placing takes them.
    return_coupons(trade_id)
    stock.release_all([row.id for row in closed])
    return True


def _entry(order_id: uuid.UUID, move: Move, actor: Actor) -> dict[str, Any]:
    return audit.entry(
        f"order.{move.deed}", "order", order_id, actor=actor, after={"state": move.target}
    )


def _trade_entry(trade_id: uuid.UUID, move: Move, actor: Actor) -> dict[str, Any]:
    return audit.entry(
        f"trade.{move.deed}", "trade", trade_id, actor=actor, after={"state": move.target}
    )


def _paid_entries(trade_id: uuid.UUID, rows: Sequence[Any], actor: Actor) -> list[dict[str, Any]]:
    order_ids = sorted({row.order_id for row in rows})
    return [
        _trade_entry(trade_id, PAY_TRADE, actor),
        *(_entry(order_id, PAY_ORDER, actor) for order_id in order_ids),
    ]


def move_order(order: Order, move: Move, *, actor: Actor, **values: Any) -> bool:
    """Make a move on one order by a guarded update; returns False when it does not start here.

    Writes the audit row of the move and tells of it: no other code changes the state of a paid order.
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
        told = announcing([moved_announcement(order, move)])
        write_together(audit.writing([_entry(moved.id, move, actor)]), told)
        if move is VOID_ORDER and order.pickup_point_id is not None:
            move_pickups([moved.id], CLOSE_PICKUP, actor=actor)
    return moved is not None


def move_orders(orders: Sequence[Order], move: Move, *, actor: Actor, **values: Any) -> int:
    """Make the same move on several orders, each as ``move_order`` does; return how many moved.

    Not for moves that something else hangs on, as a voided order's pick-up does.
    """
    if not orders:
        return 0
    by_id = {order.id: order for order in orders}
    moved = db.session.scalars(
        update(Order)
        .where(Order.id.in_(by_id), _may(Order.state, move))
        .values(state=move.target, **values)
        .returning(Order.id)
        .execution_options(synchronize_session=False)
    ).all()
    for order in orders:
        db.session.expire(order, ["state", *values])
    if moved:
        told = announcing([moved_announcement(by_id[one], move) for one in moved])
        write_together(audit.writing([_entry(one, move, actor) for one in moved]), told)
    return len(moved)


def forget(*models: type[Model]) -> None:
    """Expire loaded rows of these tables, which a statement has changed behind the session."""
    for loaded in list(db.session.identity_map.values()):
        if isinstance(loaded, models) and not inspect(loaded).expired:
            db.session.expire(loaded)
