"""Every select on trades, orders and lines; each read by id starts from what the actor may see."""

import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Select, false, func, or_, select, true
from sqlalchemy.orm import selectinload

from marketplace.database import db
from marketplace.identity.actor import Actor, ScopeKind
from marketplace.permissions import Permission
from marketplace.statements import fetch_first
from orders.trades.errors import OrderNotFound, TradeNotFound
from orders.trades.models import Order, OrderLine, Trade
from orders.trades.states import OrderState, TradeState
from partners.cooperatives.models import Cooperative
from partners.offices.queries import governed_by


class Standing(StrEnum):
    """In which capacity somebody looks at an order; it decides what they read and may do."""

    BUYER = "buyer"
    SELLER = "seller"
    OVERSEER = "overseer"


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderFilter:
    """What a list of orders is narrowed to; None leaves a facet open."""

    cooperative_id: uuid.UUID | None = None
    buying_unit_id: uuid.UUID | None = None
    trade_id: uuid.UUID | None = None


def standing_of(actor: Actor, order: Order) -> Standing:
    """Tell in which capacity the actor sees this order (one they may see at all)."""
    if _is_buyer(actor, order, Permission.ORDER_READ):
        return Standing.BUYER
    if order.cooperative_id in actor.scopes(Permission.ORDER_READ, ScopeKind.COOPERATIVE):
        return Standing.SELLER
    return Standing.OVERSEER


def _is_buyer(actor: Actor, order: Order, permission: Permission) -> bool:
    if order.account_id == actor.id:
        return True
    units = actor.scopes(permission, ScopeKind.BUYING_UNIT)
    return order.buying_unit_id is not None and order.buying_unit_id in units


def bought_by(actor: Actor, permission: Permission = Permission.ORDER_READ) -> ColumnElement[bool]:
    """Return the condition "the actor's own order, or one of a unit the actor buys for"."""
    own = Order.account_id == actor.account_id
    units = actor.scopes(permission, ScopeKind.BUYING_UNIT)
    return or_(own, Order.buying_unit_id.in_(units)) if units else own


def sold_by(actor: Actor, permission: Permission = Permission.ORDER_READ) -> ColumnElement[bool]:
    """Return the condition "sold by a cooperative in which the actor holds the permission"."""
    cooperatives = actor.scopes(permission, ScopeKind.COOPERATIVE)
    return Order.cooperative_id.in_(cooperatives) if cooperatives else false()


def overseen_by(actor: Actor) -> ColumnElement[bool]:
    """Return the condition "an office of the actor answers for either end of the sale".

    The eastern office sees what counts for its region, the western one what its cooperatives
    sell; auditor and platform see everything.
    """
    if actor.is_platform(Permission.ORDER_READ):
        return true()
    if not actor.scopes(Permission.ORDER_READ, ScopeKind.OFFICE):
        return false()
    inside = select(Cooperative.id).where(
        governed_by(actor, Permission.ORDER_READ, Cooperative.region_code)
    )
    return or_(
        governed_by(actor, Permission.ORDER_READ, Order.attribution_code),
        Order.cooperative_id.in_(inside),
    )


def visible_to(actor: Actor) -> Select[Order]:
    """Return the orders the actor may read, in whatever capacity."""
    return select(Order).where(or_(bought_by(actor), sold_by(actor), overseen_by(actor)))


def trades_visible_to(
    actor: Actor, permission: Permission = Permission.TRADE_READ
) -> Select[Trade]:
    """Return the actor's own trades, those placed for the actor's units, all for an auditor."""
    if permission is Permission.TRADE_READ and actor.is_platform(permission):
        return select(Trade)
    own = Trade.account_id == actor.account_id
    units = actor.scopes(permission, ScopeKind.BUYING_UNIT)
    if not units:
        return select(Trade).where(own)
    for_unit = select(Order.trade_id).where(Order.buying_unit_id.in_(units))
    return select(Trade).where(or_(own, Trade.id.in_(for_unit)))


# The rule of ``trades_visible_to`` for TRADE_PAY, written out: every purchase passes here.
_LOCK_TO_PAY = """
SELECT t.id, t.account_id, t.state, t.total_fen, t.expires_at FROM trades t
WHERE t.id = %(trade_id)s AND (t.account_id = %(account_id)s OR EXISTS (
    SELECT FROM orders o
    WHERE o.trade_id = t.id AND o.buying_unit_id = ANY(CAST(%(unit_ids)s AS uuid[]))))
FOR NO KEY UPDATE OF t
"""


def lock_trade_to_pay(actor: Actor, trade_id: uuid.UUID) -> Any:
    """Lock a trade that the actor may pay, so that two clicks start one payment.

    Returns its id, account, state, total and expiry; raises TradeNotFound.
    """
    values = {
        "trade_id": trade_id,
        "account_id": actor.account_id,
        "unit_ids": list(actor.scopes(Permission.TRADE_PAY, ScopeKind.BUYING_UNIT)),
    }
    found = fetch_first(_LOCK_TO_PAY, values)
    if found is None:
        raise TradeNotFound
    return found


def get_trade(
    actor: Actor, trade_id: uuid.UUID, permission: Permission = Permission.TRADE_READ
) -> Trade:
    """Return a trade the actor may read (or do ``permission`` to); raises TradeNotFound."""
    found = db.session.scalar(trades_visible_to(actor, permission).where(Trade.id == trade_id))
    if found is None:
        raise TradeNotFound
    return found


def list_orders_of_trades(trade_ids: Collection[uuid.UUID]) -> Sequence[Order]:
    """Return the orders of trades, without their lines, in the order of their cooperatives."""
    statement = select(Order).where(Order.trade_id.in_(trade_ids)).order_by(Order.cooperative_id)
    return db.session.scalars(statement).all()


@dataclass(frozen=True, slots=True)
class Together:
    """What is paid together: the trade's total, and how many orders it holds."""

    total_fen: int
    orders: int


def list_together(trade_ids: Collection[uuid.UUID]) -> dict[uuid.UUID, Together]:
    """Return what is paid in one sum, for each trade of several orders."""
    if not trade_ids:
        return {}
    statement = (
        select(Trade.id, Trade.total_fen, func.count(Order.id))
        .join(Order, (Order.account_id == Trade.account_id) & (Order.trade_id == Trade.id))
        .where(Trade.id.in_(trade_ids))
        .group_by(Trade.id)
        .having(func.count(Order.id) > 1)
    )
    return {key: Together(*rest) for key, *rest in db.session.execute(statement)}


def list_orders(order_ids: Collection[uuid.UUID]) -> Sequence[Order]:
    """Return orders without their lines."""
    return db.session.scalars(select(Order).where(Order.id.in_(order_ids))).all()


def list_orders_with_lines(
    *, trade_id: uuid.UUID | None = None, order_ids: Collection[uuid.UUID] = ()
) -> Sequence[Order]:
    """Return the orders of a trade, or orders by id, with their lines."""
    wanted = Order.id.in_(order_ids) if trade_id is None else Order.trade_id == trade_id
    statement = select(Order).where(wanted).options(selectinload(Order.lines))
    return db.session.scalars(statement.order_by(Order.cooperative_id, Order.id)).all()


def get_order(actor: Actor, order_id: uuid.UUID) -> Order:
    """Return an order the actor may read, with its lines; raises OrderNotFound."""
    statement = visible_to(actor).where(Order.id == order_id).options(selectinload(Order.lines))
    return _found(db.session.scalar(statement))


def find_latest_order(actor: Actor) -> Order | None:
    """Return the order that the actor's own account placed last, to fill in the next one from."""
    mine = select(Order).where(Order.account_id == actor.account_id)
    return db.session.scalar(mine.order_by(Order.id.desc()).limit(1))


def find_last_unit(actor: Actor, unit_ids: Collection[uuid.UUID]) -> uuid.UUID | None:
    """Return for which of some units the actor's own account bought last, or None."""
    statement = select(Order.buying_unit_id).where(
        Order.account_id == actor.account_id, Order.buying_unit_id.in_(unit_ids)
    )
    return db.session.scalar(statement.order_by(Order.id.desc()).limit(1))


def find_order_of_line(line_id: uuid.UUID) -> uuid.UUID | None:
    """Return the order that a line stands in, or None."""
    return db.session.scalar(select(OrderLine.order_id).where(OrderLine.id == line_id))


def lock_order(order_id: uuid.UUID, allowed: ColumnElement[bool] | None = None) -> Order:
    """Lock an order row for the transaction and return it fresh, with its lines.

    Everything that changes a paid order takes this lock first, so two such changes follow
    each other. ``allowed`` is the caller's right over the row; raises OrderNotFound without it.
    """
    statement = select(Order).where(Order.id == order_id)
    if allowed is not None:
        statement = statement.where(allowed)
    locked = db.session.scalar(
        statement.with_for_update().execution_options(populate_existing=True)
    )
    order = _found(locked)
    # Read after the lock was granted: the lines as the last holder left them.
    db.session.scalars(
        select(Order)
        .where(Order.id == order.id)
        .options(selectinload(Order.lines))
        .execution_options(populate_existing=True)
    ).one()
    return order


def lock_orders(
    order_ids: Collection[uuid.UUID], allowed: ColumnElement[bool]
) -> dict[uuid.UUID, Order]:
    """Lock orders in id order and return them fresh, with their lines; those not allowed are left out."""
    locked = db.session.scalars(
        select(Order)
        .where(Order.id.in_(order_ids), allowed)
        .order_by(Order.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).all()
    # Read after the locks were granted, as in ``lock_order``.
    fresh = db.session.scalars(
        select(Order)
        .where(Order.id.in_([order.id for order in locked]))
        .options(selectinload(Order.lines))
        .execution_options(populate_existing=True)
    ).all()
    return {order.id: order for order in fresh}


def _found(order: Order | None) -> Order:
    if order is None:
        raise OrderNotFound
    return order


def narrow(statement: Select[Order], wanted: OrderFilter) -> Select[Order]:
    """Narrow a select of orders to what a list asks for."""
    for column, value in (
        (Order.cooperative_id, wanted.cooperative_id),
        (Order.buying_unit_id, wanted.buying_unit_id),
        (Order.trade_id, wanted.trade_id),
    ):
        if value is not None:
            statement = statement.where(column == value)
    return statement


def count_by_state(orders: Select[Order]) -> dict[OrderState, int]:
    """Count the orders of a select per state; every state is present."""
    rows = db.session.execute(
        orders.with_only_columns(Order.state, func.count().label("counted")).group_by(Order.state)
    )
    counted = {row.state: row.counted for row in rows}
    return {state: counted.get(state, 0) for state in OrderState}


def list_expired_trade_ids(before: datetime, limit: int) -> Sequence[uuid.UUID]:
    """Return open trades whose time to pay ran out before an instant, oldest first."""
    statement = (
        select(Trade.id)
        .where(Trade.state == TradeState.OPEN, Trade.expires_at <= before)
        .order_by(Trade.expires_at)
        .limit(limit)
    )
    return db.session.scalars(statement).all()


def list_lines(order_ids: Collection[uuid.UUID]) -> Sequence[OrderLine]:
    """Return the lines of orders."""
    statement = (
        select(OrderLine)
        .where(OrderLine.order_id.in_(order_ids))
        .order_by(OrderLine.order_id, OrderLine.position)
    )
    return db.session.scalars(statement).all()
