"""Selects on requisitions; each read by id starts from what the actor may see."""

import uuid
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, Select, func, or_, select, true

from marketplace.database import db
from marketplace.identity.actor import Actor, ScopeKind
from marketplace.permissions import Permission
from orders.requisitions.errors import RequisitionNotFound
from orders.requisitions.models import OPEN, Requisition, RequisitionState


def requested_by(actor: Actor) -> ColumnElement[bool]:
    """Return the condition "the actor asked for it"."""
    return Requisition.requested_by == actor.account_id


def decidable_by(actor: Actor) -> ColumnElement[bool]:
    """Return the condition "of a unit in which the actor decides" (own requests are refused later)."""
    units = actor.scopes(Permission.REQUISITION_DECIDE, ScopeKind.BUYING_UNIT)
    return Requisition.buying_unit_id.in_(units)


def visible_to(actor: Actor) -> ColumnElement[bool]:
    """Return which requisitions the actor may read: the own ones and those of its units."""
    if actor.is_platform(Permission.REQUISITION_READ):
        return true()
    units = actor.scopes(Permission.REQUISITION_READ, ScopeKind.BUYING_UNIT)
    return or_(requested_by(actor), Requisition.buying_unit_id.in_(units))


def is_insider(actor: Actor, row: Requisition) -> bool:
    """Tell whether the actor is of the unit, and so may read who receives the goods."""
    units = actor.scopes(Permission.REQUISITION_READ, ScopeKind.BUYING_UNIT)
    return row.requested_by == actor.id or row.buying_unit_id in units


def select_requisitions(
    allowed: ColumnElement[bool], state: RequisitionState | None = None
) -> Select[Requisition]:
    """Select requisitions in a row filter, in a state."""
    statement = select(Requisition).where(allowed)
    return statement if state is None else statement.where(Requisition.state == state)


def select_waiting_for(actor: Actor) -> Select[Requisition]:
    """Select what waits for the actor's decision; what the actor asked for waits for others."""
    waiting = select_requisitions(decidable_by(actor), RequisitionState.SUBMITTED)
    return waiting.where(Requisition.requested_by != actor.account_id)


def count_waiting_for(actor: Actor) -> int:
    """Count what waits for the actor's decision."""
    waiting = select_waiting_for(actor).with_only_columns(func.count())
    return int(db.session.execute(waiting).scalar_one())


def get_requisition(actor: Actor, requisition_id: uuid.UUID) -> Requisition:
    """Return a requisition the actor may read; raises RequisitionNotFound."""
    wanted = select_requisitions(visible_to(actor)).where(Requisition.id == requisition_id)
    return _found(db.session.scalar(wanted))


def get_own_requisition(actor: Actor, requisition_id: uuid.UUID) -> Requisition:
    """Return a requisition that the actor asked for; raises RequisitionNotFound."""
    wanted = select_requisitions(requested_by(actor)).where(Requisition.id == requisition_id)
    return _found(db.session.scalar(wanted))


def lock_requisition(allowed: ColumnElement[bool], requisition_id: uuid.UUID) -> Requisition:
    """Return a requisition among those allowed, its row locked; raises RequisitionNotFound."""
    wanted = select_requisitions(allowed).where(Requisition.id == requisition_id)
    return _found(
        db.session.scalar(wanted.with_for_update().execution_options(populate_existing=True))
    )


def list_overdue(now: datetime, limit: int) -> Sequence[uuid.UUID]:
    """Return open requisitions whose time is over, the oldest first."""
    statement = (
        select(Requisition.id)
        .where(Requisition.state.in_(OPEN), Requisition.expires_at <= now)
        .order_by(Requisition.expires_at)
        .limit(limit)
    )
    return db.session.scalars(statement).all()


def _found(row: Requisition | None) -> Requisition:
    if row is None:
        raise RequisitionNotFound
    return row
