"""Selects on after-sales cases; each read by id starts from what the actor may see."""

import uuid
from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, Select, distinct, false, func, or_, select, text

from marketplace import clock
from marketplace.database import db
from marketplace.identity.actor import Actor, ScopeKind
from marketplace.permissions import Permission
from orders.aftersales.errors import AftersalesCaseNotFound
from orders.aftersales.models import (
    OPEN_STATES,
    AftersalesCase,
    CaseEvent,
    CaseKind,
)
from orders.card_disputes.queries import is_order_disputed
from orders.trades import queries as trade_queries
from orders.trades.models import Order, OrderLine
from orders.trades.queries import Standing
from orders.trades.states import (
    CHARGE_BACK_CASE,
    CLAIMING,
    REFUNDING,
    UNDECIDED,
    UNSETTLED,
    AftersalesState,
    By,
)
from products.stock.queries import list_room_for_returns


def visible_to(actor: Actor) -> Select[AftersalesCase]:
    """Return the cases about orders that the actor may read."""
    orders = trade_queries.visible_to(actor).with_only_columns(Order.id)
    return select(AftersalesCase).where(AftersalesCase.order_id.in_(orders))


def narrow(
    cases: Select[AftersalesCase], state: AftersalesState | None, order_id: uuid.UUID | None
) -> Select[AftersalesCase]:
    """Narrow a select of cases to what a list asks for."""
    if state is not None:
        cases = cases.where(AftersalesCase.state == state)
    if order_id is not None:
        cases = cases.where(AftersalesCase.order_id == order_id)
    return cases


def get_case(actor: Actor, case_id: uuid.UUID) -> AftersalesCase:
    """Return a case the actor may read; raises AftersalesCaseNotFound."""
    return _found(db.session.scalar(visible_to(actor).where(AftersalesCase.id == case_id)))


def find_case(case_id: uuid.UUID) -> AftersalesCase | None:
    """Return a case as it is stored, for steps that no person takes."""
    return db.session.get(AftersalesCase, case_id, populate_existing=True)


def is_unsettled() -> ColumnElement[bool]:
    """Return the condition "somebody may still act on the case, or the clock will"."""
    escalable = (AftersalesCase.state == AftersalesState.REFUSED) & (
        AftersalesCase.due_at > clock.now()
    )
    return or_(AftersalesCase.state.in_(sorted(UNSETTLED)), escalable)


def has_unsettled(order: Order, *, apart_from: AftersalesCase | None) -> bool:
    """Tell whether somebody has to act on a case of a locked order, one of them set apart."""
    statement = select(AftersalesCase.id).where(
        AftersalesCase.cooperative_id == order.cooperative_id,
        AftersalesCase.order_id == order.id,
        AftersalesCase.state.in_(sorted(UNSETTLED)),
    )
    if apart_from is not None:
        statement = statement.where(AftersalesCase.id != apart_from.id)
    return db.session.scalar(statement.limit(1)) is not None


def takes_shipped(case: AftersalesCase) -> bool:
    """Tell whether a case is about pieces that were shipped, and so not about any other."""
    if case.kind is CaseKind.REFUND_ONLY:
        return case.state in REFUNDING
    return case.state in CLAIMING


def lock_case(case_id: uuid.UUID, allowed: ColumnElement[bool]) -> tuple[AftersalesCase, Order]:
    """Lock the order of a case and return both fresh.

    ``allowed`` is the caller's right over the order; raises AftersalesCaseNotFound without it.
    """
    order_id = db.session.scalar(
        select(AftersalesCase.order_id)
        .join(Order, Order.id == AftersalesCase.order_id)
        .where(AftersalesCase.id == case_id, allowed)
    )
    if order_id is None:
        raise AftersalesCaseNotFound
    order = trade_queries.lock_order(order_id)
    case = db.session.scalars(
        select(AftersalesCase)
        .where(AftersalesCase.id == case_id)
        .execution_options(populate_existing=True)
    ).one()
    return case, order


def list_cases(order_ids: Collection[uuid.UUID]) -> Sequence[AftersalesCase]:
    """Return the cases of orders, oldest first."""
    statement = (
        select(AftersalesCase)
        .where(AftersalesCase.order_id.in_(order_ids))
        .order_by(AftersalesCase.id)
    )
    return db.session.scalars(statement).all()


def list_undecided(order: Order, line_ids: Collection[uuid.UUID]) -> Sequence[AftersalesCase]:
    """Return what is asked for and not decided on of lines of a locked order, oldest first."""
    statement = (
        select(AftersalesCase)
        .where(
            AftersalesCase.cooperative_id == order.cooperative_id,
            AftersalesCase.order_id == order.id,
            AftersalesCase.order_line_id.in_(line_ids),
            AftersalesCase.kind == CaseKind.REFUND_ONLY,
            AftersalesCase.state.in_(sorted(UNDECIDED)),
        )
        .order_by(AftersalesCase.id)
        .execution_options(populate_existing=True)
    )
    return db.session.scalars(statement).all()


def list_unsettled(order: Order, line_id: uuid.UUID) -> Sequence[AftersalesCase]:
    """Return what is asked for of a line of a locked order and has not come to its end."""
    statement = (
        select(AftersalesCase)
        .where(
            AftersalesCase.cooperative_id == order.cooperative_id,
            AftersalesCase.order_line_id == line_id,
            AftersalesCase.state.in_(sorted(CHARGE_BACK_CASE.sources)),
        )
        .order_by(AftersalesCase.id)
        .execution_options(populate_existing=True)
    )
    return db.session.scalars(statement).all()


def list_events(cases: Collection[uuid.UUID]) -> Sequence[CaseEvent]:
    """Return the courses of cases, oldest first."""
    statement = select(CaseEvent).where(CaseEvent.case_id.in_(cases)).order_by(CaseEvent.id)
    return db.session.scalars(statement).all()


def list_due(now: datetime, limit: int) -> Sequence[uuid.UUID]:
    """Return the cases whose time is over, the longest over first.

    While a bank decides about the money no limit is over: nobody may give it back meanwhile.
    """
    statement = (
        select(AftersalesCase.id)
        .join(
            Order,
            (Order.cooperative_id == AftersalesCase.cooperative_id)
            & (Order.id == AftersalesCase.order_id),
        )
        .where(
            AftersalesCase.due_at <= now,
            AftersalesCase.state != AftersalesState.REFUSED,
            ~is_order_disputed(),
        )
        .order_by(AftersalesCase.due_at)
        .limit(limit)
    )
    return db.session.scalars(statement).all()


def list_return_room(order: Order, line: OrderLine) -> list[tuple[uuid.UUID, int]]:
    """Return under which holder how many shipped pieces of a line may still come back.

    The order itself comes first, then the exchanges whose replacements were shipped.
    """
    exchanges = db.session.scalars(
        select(AftersalesCase.id)
        .where(
            AftersalesCase.cooperative_id == order.cooperative_id,
            AftersalesCase.order_line_id == line.id,
            AftersalesCase.kind == CaseKind.EXCHANGE,
        )
        .order_by(AftersalesCase.id)
    ).all()
    return list_room_for_returns([order.id, *exchanges], line.sku_id)


def select_open_cases(actor: Actor, states: Collection[AftersalesState]) -> Select[AftersalesCase]:
    """Select the cases in some states that the actor answers as their seller."""
    return sold_cases(actor).where(AftersalesCase.state.in_(sorted(states)))


def count_open_by_state(actor: Actor) -> dict[AftersalesState, int]:
    """Count the open cases that the actor may answer, per state; one statement."""
    rows = db.session.execute(
        select(AftersalesCase.state, func.count().label("counted"))
        .where(
            AftersalesCase.cooperative_id.in_(
                actor.scopes(Permission.AFTER_SALES_ANSWER, ScopeKind.COOPERATIVE)
            ),
            text(OPEN_STATES),
        )
        .group_by(AftersalesCase.state)
    )
    return {row.state: row.counted for row in rows}


def arbitrated_cases(actor: Actor) -> Select[AftersalesCase]:
    """Return the cases that were brought before the platform, decided ones included."""
    if not actor.is_platform(Permission.AFTER_SALES_ARBITRATE):
        return select(AftersalesCase).where(false())
    return select(AftersalesCase).where(is_before_platform())


def is_before_platform() -> ColumnElement[bool]:
    """Return the condition "was brought before the platform", as a right over its order."""
    return or_(
        AftersalesCase.state == AftersalesState.IN_ARBITRATION,
        AftersalesCase.decided_at.is_not(None),
    )


def get_arbitrated_case(actor: Actor, case_id: uuid.UUID) -> AftersalesCase:
    """Return a case that was brought before the platform; raises AftersalesCaseNotFound."""
    return _found(db.session.scalar(arbitrated_cases(actor).where(AftersalesCase.id == case_id)))


def party_of(actor: Actor, case: AftersalesCase) -> By | None:
    """Tell which side of a case the actor is on; None for everybody else."""
    order = db.session.scalars(select(Order).where(Order.id == case.order_id)).one()
    standing = trade_queries.standing_of(actor, order)
    if standing is Standing.BUYER:
        return By.BUYER
    if case.cooperative_id in actor.scopes(Permission.AFTER_SALES_ANSWER, ScopeKind.COOPERATIVE):
        return By.COOPERATIVE
    if db.session.scalar(arbitrated_cases(actor).where(AftersalesCase.id == case.id)) is not None:
        return By.PLATFORM
    return None


def sold_cases(actor: Actor) -> Select[AftersalesCase]:
    """Return the cases that the actor may answer: those of orders of the actor's cooperatives."""
    sold = select(Order.id).where(trade_queries.sold_by(actor, Permission.AFTER_SALES_ANSWER))
    return select(AftersalesCase).where(AftersalesCase.order_id.in_(sold))


def order_ids_with_cases() -> Select[uuid.UUID]:
    """Return the select of orders about which there is a case, to narrow a list by."""
    return select(AftersalesCase.order_id)


def count_unsettled_orders(bought: ColumnElement[bool]) -> int:
    """Count the orders under a condition with a case that somebody still has to act on."""
    statement = (
        select(func.count(distinct(AftersalesCase.order_id)))
        .join(Order, Order.id == AftersalesCase.order_id)
        .where(bought, is_unsettled())
    )
    return db.session.scalar(statement) or 0


def is_applied_for(order: Order, line_ids: Collection[uuid.UUID]) -> bool:
    """Tell whether money for one of these lines is asked for and not decided on."""
    found = db.session.scalar(
        select(AftersalesCase.id).where(
            AftersalesCase.cooperative_id == order.cooperative_id,
            AftersalesCase.order_id == order.id,
            AftersalesCase.order_line_id.in_(line_ids),
            AftersalesCase.kind == CaseKind.REFUND_ONLY,
            AftersalesCase.state.in_(sorted(UNDECIDED)),
        )
    )
    return found is not None


def _found(case: AftersalesCase | None) -> AftersalesCase:
    if case is None:
        raise AftersalesCaseNotFound
    return case
