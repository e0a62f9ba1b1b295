"""What is read of cooperatives, and who sees which."""

from collections.abc import Iterable
from datetime import date
from uuid import UUID

from sqlalchemy import ColumnElement, Select, or_, select, true

from marketplace import cursors
from marketplace.database import db
from marketplace.identity.actor import Actor
from marketplace.identity.memberships import check_scopes_with, name_scopes_with
from marketplace.permissions import Permission, ScopeKind
from partners.cooperatives.errors import CooperativeUnknown
from partners.cooperatives.models import Cooperative, CooperativeState
from partners.offices.queries import governed_by, lies_in

LIST_ORDER: cursors.Keys = [(Cooperative.name, "asc"), (Cooperative.id, "asc")]


def is_admitted() -> ColumnElement[bool]:
    """Return the condition that a cooperative is on the market, and so public."""
    return Cooperative.state == CooperativeState.ACTIVE


def visible_to(actor: Actor) -> ColumnElement[bool]:
    """Return which cooperatives the actor may see at all: the admitted ones, and whose papers it sees."""
    return or_(is_admitted(), application_visible_to(actor))


def application_visible_to(actor: Actor) -> ColumnElement[bool]:
    """Return whose application papers the actor may see: its own, its members', its office's region's."""
    if actor.is_platform(Permission.COOPERATIVE_READ):
        return true()
    conditions = [
        Cooperative.id.in_(actor.scopes(Permission.COOPERATIVE_READ, ScopeKind.COOPERATIVE)),
        governed_by(actor, Permission.COOPERATIVE_READ, Cooperative.region_code),
    ]
    if not actor.is_anonymous:
        conditions.append(Cooperative.applied_by == actor.account_id)
    return or_(*conditions)


def manageable_by(actor: Actor) -> ColumnElement[bool]:
    """Return which cooperatives the actor runs."""
    return Cooperative.id.in_(actor.scopes(Permission.COOPERATIVE_WRITE, ScopeKind.COOPERATIVE))


def recommendable_by(actor: Actor) -> ColumnElement[bool]:
    """Return which cooperatives the actor's office answers for."""
    return governed_by(actor, Permission.COOPERATIVE_RECOMMEND, Cooperative.region_code)


def approvable_by(actor: Actor) -> ColumnElement[bool]:
    """Return which cooperatives the actor admits, suspends and verifies."""
    return governed_by(actor, Permission.COOPERATIVE_APPROVE, Cooperative.region_code)


def applied_for_by(actor: Actor) -> ColumnElement[bool]:
    """Return which cooperatives the actor has applied for."""
    return Cooperative.applied_by == actor.account_id


def get_cooperative(cooperative_id: UUID, seen: ColumnElement[bool]) -> Cooperative:
    """Return a cooperative among those in a row filter; raises ``CooperativeUnknown``."""
    row = db.session.scalar(select(Cooperative).where(seen, Cooperative.id == cooperative_id))
    if row is None:
        raise CooperativeUnknown
    return row


def lock_cooperative(cooperative_id: UUID, seen: ColumnElement[bool]) -> Cooperative:
    """Return a cooperative among those in a row filter, locked until the transaction ends."""
    statement = select(Cooperative).where(seen, Cooperative.id == cooperative_id)
    row = db.session.scalar(statement.with_for_update().execution_options(populate_existing=True))
    if row is None:
        raise CooperativeUnknown
    return row


def select_cooperatives(
    seen: ColumnElement[bool],
    *,
    region: str | None = None,
    state: CooperativeState | None = None,
    q: str | None = None,
    verification_due_on: date | None = None,
) -> Select[Cooperative]:
    """Select cooperatives in a row filter: inside a region, in a state, with words in the name."""
    statement = select(Cooperative).where(seen)
    if region is not None:
        statement = statement.where(lies_in(Cooperative.region_code, [region]))
    if state is not None:
        statement = statement.where(Cooperative.state == state)
    if q is not None:
        statement = statement.where(Cooperative.name.contains(q, autoescape=True))
    if verification_due_on is not None:
        statement = statement.where(Cooperative.verify_again_on <= verification_due_on)
    return statement


def select_mine(actor: Actor) -> Select[Cooperative]:
    """Select the cooperatives that the actor applied for or works in."""
    works_in = Cooperative.id.in_(actor.scopes(Permission.COOPERATIVE_READ, ScopeKind.COOPERATIVE))
    return select(Cooperative).where(or_(applied_for_by(actor), works_in))


def find_names(cooperative_ids: Iterable[UUID]) -> dict[UUID, str]:
    """Return the names of cooperatives by id, whatever their state."""
    statement = select(Cooperative.id, Cooperative.name).where(Cooperative.id.in_(cooperative_ids))
    return {row.id: row.name for row in db.session.execute(statement)}


def cooperative_exists(cooperative_id: UUID) -> bool:
    """Tell whether a cooperative has this id (memberships point here without a foreign key)."""
    statement = select(Cooperative.id).where(Cooperative.id == cooperative_id)
    return db.session.scalar(statement) is not None


check_scopes_with(ScopeKind.COOPERATIVE, cooperative_exists)
name_scopes_with(ScopeKind.COOPERATIVE, find_names)
