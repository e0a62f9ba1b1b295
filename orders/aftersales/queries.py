"""Selects on after-sales cases; each read by id starts from what the actor may see."""

import uuid
from collections.abc import Collection, Sequence

from sqlalchemy import ColumnElement, Select, distinct, func, select

from marketplace.database import db
from marketplace.identity.actor import Actor
from marketplace.permissions import Permission
from orders.aftersales.errors import AftersalesCaseNotFound
from orders.aftersales.models import AftersalesCase
from orders.trades import queries as trade_queries
from orders.trades.models import Order
from orders.trades.states import UNSETTLED, AftersalesState


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


def list_applied(order: Order) -> Sequence[AftersalesCase]:
    """Return the unanswered applications about a locked order, oldest first."""
    statement = (
        select(AftersalesCase)
        .where(
            AftersalesCase.cooperative_id == order.cooperative_id,
            AftersalesCase.order_id == order.id,
            AftersalesCase.state == AftersalesState.APPLIED,
        )
        .order_by(AftersalesCase.id)
        .execution_options(populate_existing=True)
    )
    return db.session.scalars(statement).all()


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
        .where(bought, AftersalesCase.state.in_(sorted(UNSETTLED)))
    )
    return db.session.scalar(statement) or 0


def is_applied_for(order: Order, line_ids: Collection[uuid.UUID]) -> bool:
    """Tell whether an unanswered application is about one of these lines."""
    found = db.session.scalar(
        select(AftersalesCase.id).where(
            AftersalesCase.cooperative_id == order.cooperative_id,
            AftersalesCase.order_id == order.id,
            AftersalesCase.order_line_id.in_(line_ids),
            AftersalesCase.state == AftersalesState.APPLIED,
        )
    )
    return found is not None


def _found(case: AftersalesCase | None) -> AftersalesCase:
    if case is None:
        raise AftersalesCaseNotFound
    return case
