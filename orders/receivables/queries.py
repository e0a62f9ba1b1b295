"""Every select on terms, debts and repayments; reads by unit start from the units one buys for."""

import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import BigInteger, ColumnElement, Select, cast, func, select

from marketplace import clock, cursors
from marketplace.database import db
from marketplace.identity.actor import Actor, ScopeKind
from marketplace.permissions import Permission
from orders.receivables.errors import ReceivableNotFound, TermsChangeNotFound, WriteOffNotFound
from orders.receivables.models import (
    ChangeState,
    DebtWriteOff,
    PayLaterTerms,
    Receivable,
    Repayment,
    TermsChange,
)
from orders.trades.models import Order, Trade
from partners.buying_units.models import BuyingUnit, BuyingUnitState

RECEIVABLE_ORDER: cursors.Keys = [(Receivable.id, "desc")]
OWED = (
    Receivable.amount_fen - Receivable.reduced_fen - Receivable.paid_fen + Receivable.returned_fen
)
_UNSETTLED = Receivable.settled_at.is_(None)


def find_terms(unit_id: uuid.UUID) -> PayLaterTerms | None:
    """Return a unit's terms; None if it never had any."""
    return db.session.scalar(select(PayLaterTerms).where(PayLaterTerms.buying_unit_id == unit_id))


def lock_terms(unit_id: uuid.UUID) -> PayLaterTerms | None:
    """Lock a unit's terms: purchases on terms and repayments of one unit follow each other."""
    statement = select(PayLaterTerms).where(PayLaterTerms.buying_unit_id == unit_id)
    return db.session.scalar(
        statement.with_for_update(key_share=True).execution_options(populate_existing=True)
    )


def find_unit_of(trade_id: uuid.UUID) -> uuid.UUID | None:
    """Return for which unit a trade was placed; None for a person's."""
    return db.session.scalar(
        select(Order.buying_unit_id).where(Order.trade_id == trade_id).limit(1)
    )


def owed_by(unit_id: uuid.UUID) -> int:
    """Return all that a unit owes."""
    total = select(func.coalesce(func.sum(OWED), 0)).where(
        Receivable.buying_unit_id == unit_id, _UNSETTLED
    )
    return int(db.session.scalars(total).one())


def is_blocked(unit_id: uuid.UUID, on: date) -> bool:
    """Tell whether something that a unit owes is overdue beyond its days of grace."""
    late = select(Receivable.id).where(
        Receivable.buying_unit_id == unit_id,
        _UNSETTLED,
        Receivable.due_on + Receivable.grace_days < on,
    )
    return db.session.scalar(late.limit(1)) is not None


def owed_for(trade_id: uuid.UUID) -> int:
    """Return what is owed for a trade."""
    total = select(func.coalesce(func.sum(OWED), 0)).where(
        Receivable.trade_id == trade_id, _UNSETTLED
    )
    return int(db.session.scalars(total).one())


def is_goods_first(trade_id: uuid.UUID) -> bool:
    """Tell whether a trade's goods came before its money."""
    found = select(Receivable.id).where(Receivable.trade_id == trade_id)
    return db.session.scalar(found.limit(1)) is not None


def lock_owed_for(trade_id: uuid.UUID) -> Sequence[Receivable]:
    """Lock a trade's orders and then its debts, the first due first; settled ones included.

    An order is locked before what is owed for it, as everywhere.
    """
    db.session.execute(
        select(Order.id).where(Order.trade_id == trade_id).order_by(Order.id).with_for_update()
    )
    statement = select(Receivable).where(Receivable.trade_id == trade_id).order_by(Receivable.id)
    found = db.session.scalars(
        statement.with_for_update().execution_options(populate_existing=True)
    ).all()
    return sorted(found, key=lambda each: (each.due_on or date.max, each.id))


def lock_receivable_of(order_id: uuid.UUID) -> Receivable | None:
    """Lock an order and what is owed for it."""
    db.session.execute(select(Order.id).where(Order.id == order_id).with_for_update())
    statement = select(Receivable).where(Receivable.order_id == order_id)
    return db.session.scalar(statement.with_for_update().execution_options(populate_existing=True))


def list_of_trade(trade_id: uuid.UUID) -> Sequence[Receivable]:
    """Return a trade's debts, the first due first."""
    statement = select(Receivable).where(Receivable.trade_id == trade_id)
    ordered = statement.order_by(Receivable.due_on.nulls_last(), Receivable.id)
    return db.session.scalars(ordered).all()


def list_owing_trades(unit_id: uuid.UUID) -> Sequence[uuid.UUID]:
    """Return the trades for which a unit owes something, the first due first."""
    statement = (
        select(Receivable.trade_id)
        .where(Receivable.buying_unit_id == unit_id, _UNSETTLED)
        .group_by(Receivable.trade_id)
        .order_by(func.min(Receivable.due_on).nulls_last(), Receivable.trade_id)
    )
    return db.session.scalars(statement).all()


def list_repayments(receivable: Receivable) -> Sequence[Repayment]:
    """Return the repayments of a debt, newest first."""
    statement = select(Repayment).where(
        Repayment.buying_unit_id == receivable.buying_unit_id,
        Repayment.receivable_id == receivable.id,
    )
    return db.session.scalars(statement.order_by(Repayment.id.desc())).all()


@dataclass(frozen=True, slots=True)
class Payable:
    """What a unit owes for one order, as its clerk sees it."""

    receivable: Receivable
    order_no: str
    cooperative_name: str
    trade_no: str


def select_payables(actor: Actor) -> Select[Receivable]:
    """Select the debts of the units that the actor buys for."""
    units = actor.scopes(Permission.TRADE_PAY, ScopeKind.BUYING_UNIT)
    return select(Receivable).where(Receivable.buying_unit_id.in_(units))


def list_payables(actor: Actor, limit: int = 200) -> list[Payable]:
    """Return what the actor's units owe, the first due first, then what was settled last."""
    statement = (
        select_payables(actor)
        .join(Order, Order.id == Receivable.order_id)
        .join(Trade, Trade.id == Receivable.trade_id)
        .add_columns(Order.order_no, Order.cooperative_name, Trade.trade_no)
        .order_by(
            Receivable.settled_at.desc().nulls_first(),
            Receivable.due_on.nulls_last(),
            Receivable.id,
        )
        .limit(limit)
    )
    return [Payable(*row) for row in db.session.execute(statement)]


def list_terms_of(actor: Actor) -> list[tuple[PayLaterTerms, str, int]]:
    """Return the terms of the units that the actor buys for, with their names and what they owe."""
    units = actor.scopes(Permission.TRADE_PAY, ScopeKind.BUYING_UNIT)
    statement = (
        select(PayLaterTerms, BuyingUnit.name)
        .join(BuyingUnit, BuyingUnit.id == PayLaterTerms.buying_unit_id)
        .where(PayLaterTerms.buying_unit_id.in_(units))
        .order_by(BuyingUnit.name)
    )
    return [
        (terms, name, owed_by(terms.buying_unit_id))
        for terms, name in db.session.execute(statement)
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ageing:
    """What one unit owes by age; days count from the day it was due."""

    buying_unit_id: uuid.UUID
    unit_name: str
    limit_fen: int
    owed_fen: int
    current_fen: int
    up_to_15_fen: int
    up_to_30_fen: int
    over_30_fen: int
    written_off_fen: int


def list_ageing(on: date, limit: int = 500) -> list[Ageing]:
    """Return the units with terms or debts, those that are most overdue first."""

    def aged(*conditions: ColumnElement[bool]) -> ColumnElement[int]:
        total = func.sum(OWED).filter(_UNSETTLED, *conditions)
        return cast(func.coalesce(total, 0), BigInteger)

    overdue, live = Receivable.due_on, Receivable.written_off_at.is_(None)
    fifteen, thirty = on - timedelta(days=15), on - timedelta(days=30)
    over_30 = aged(live, overdue < thirty)
    statement = (
        select(
            BuyingUnit.id.label("buying_unit_id"),
            BuyingUnit.name.label("unit_name"),
            func.coalesce(func.max(PayLaterTerms.limit_fen), 0).label("limit_fen"),
            aged(live).label("owed_fen"),
            aged(live, overdue.is_(None) | (overdue >= on)).label("current_fen"),
            aged(live, overdue < on, overdue >= fifteen).label("up_to_15_fen"),
            aged(live, overdue < fifteen, overdue >= thirty).label("up_to_30_fen"),
            over_30.label("over_30_fen"),
            aged(~live).label("written_off_fen"),
        )
        .outerjoin(PayLaterTerms, PayLaterTerms.buying_unit_id == BuyingUnit.id)
        .outerjoin(Receivable, Receivable.buying_unit_id == BuyingUnit.id)
        .where(PayLaterTerms.id.is_not(None) | Receivable.id.is_not(None))
        .group_by(BuyingUnit.id, BuyingUnit.name)
        .order_by(over_30.desc(), BuyingUnit.name, BuyingUnit.id)
        .limit(limit)
    )
    return [Ageing(**row._mapping) for row in db.session.execute(statement)]


def list_debts(unit_id: uuid.UUID, limit: int = 200) -> Sequence[Receivable]:
    """Return what a unit owes and owed, for finance officers."""
    statement = select(Receivable).where(Receivable.buying_unit_id == unit_id)
    ordered = statement.order_by(
        Receivable.settled_at.desc().nulls_first(), Receivable.due_on.nulls_last(), Receivable.id
    )
    return db.session.scalars(ordered.limit(limit)).all()


def list_changes(unit_id: uuid.UUID) -> Sequence[TermsChange]:
    """Return the changes of a unit's terms, newest first."""
    statement = select(TermsChange).where(TermsChange.buying_unit_id == unit_id)
    return db.session.scalars(statement.order_by(TermsChange.id.desc()).limit(50)).all()


def list_waiting_changes() -> dict[uuid.UUID, TermsChange]:
    """Return the changes that wait for a second officer, by unit."""
    waiting = db.session.scalars(select(TermsChange).where(TermsChange.state == "proposed"))
    return {change.buying_unit_id: change for change in waiting}


def lock_change(change_id: uuid.UUID) -> TermsChange:
    """Return a change, locked until the transaction ends; raises TermsChangeNotFound."""
    found = db.session.get(TermsChange, change_id, with_for_update=True, populate_existing=True)
    if found is None:
        raise TermsChangeNotFound
    return found


def get_debtor(unit_id: uuid.UUID) -> BuyingUnit | None:
    """Return a unit by id, whoever asks."""
    return db.session.get(BuyingUnit, unit_id)


def list_units_without_terms(limit: int = 500) -> Sequence[BuyingUnit]:
    """Return active units that have no terms yet, by name."""
    has_terms = select(PayLaterTerms.id).where(PayLaterTerms.buying_unit_id == BuyingUnit.id)
    statement = select(BuyingUnit).where(
        BuyingUnit.state == BuyingUnitState.ACTIVE, ~has_terms.exists()
    )
    return db.session.scalars(statement.order_by(BuyingUnit.name).limit(limit)).all()


def list_trade_numbers(trade_ids: Collection[uuid.UUID]) -> dict[uuid.UUID, str]:
    """Return the numbers of trades by id."""
    rows = db.session.execute(select(Trade.id, Trade.trade_no).where(Trade.id.in_(trade_ids)))
    return {row.id: row.trade_no for row in rows}


def today() -> date:
    """Return the day from which ages count."""
    return clock.today()


def get_receivable(receivable_id: uuid.UUID) -> Receivable:
    """Return a debt, for finance officers; raises ReceivableNotFound."""
    found = db.session.get(Receivable, receivable_id)
    if found is None:
        raise ReceivableNotFound
    return found


def lock_receivable(receivable_id: uuid.UUID) -> Receivable:
    """Return a debt, its order locked before it; raises ReceivableNotFound."""
    locked = lock_receivable_of(get_receivable(receivable_id).order_id)
    if locked is None:
        raise ReceivableNotFound
    return locked


def may_be_written_off(receivable: Receivable) -> bool:
    """Tell whether a debt is overdue beyond its days of grace, and the books still hold it."""
    if receivable.due_on is None or receivable.settled_at or receivable.written_off_at:
        return False
    return receivable.due_on + timedelta(days=receivable.grace_days) < clock.today()


def get_write_off(write_off_id: uuid.UUID) -> DebtWriteOff:
    """Return a write-off; raises WriteOffNotFound."""
    found = db.session.get(DebtWriteOff, write_off_id, populate_existing=True)
    if found is None:
        raise WriteOffNotFound
    return found


def lock_write_off(write_off_id: uuid.UUID) -> DebtWriteOff:
    """Return a write-off, locked until the transaction ends; raises WriteOffNotFound."""
    found = db.session.get(DebtWriteOff, write_off_id, with_for_update=True, populate_existing=True)
    if found is None:
        raise WriteOffNotFound
    return found


def select_write_offs_to_decide(actor: Actor) -> Select[DebtWriteOff]:
    """Select the write-offs that another officer than the actor proposed, and nobody decided."""
    return select(DebtWriteOff).where(
        DebtWriteOff.state == ChangeState.PROPOSED, DebtWriteOff.proposed_by != actor.account_id
    )


def list_units_giving_up() -> set[uuid.UUID]:
    """Return the units of which a write-off waits for a second officer."""
    waiting = select(DebtWriteOff.buying_unit_id).where(DebtWriteOff.state == ChangeState.PROPOSED)
    return set(db.session.scalars(waiting))


def list_write_offs(unit_id: uuid.UUID) -> dict[uuid.UUID, DebtWriteOff]:
    """Return what of a unit's debts is, or is to be, written off, by debt."""
    live = select(DebtWriteOff).where(
        DebtWriteOff.buying_unit_id == unit_id, DebtWriteOff.state != ChangeState.REJECTED
    )
    return {each.receivable_id: each for each in db.session.scalars(live)}
