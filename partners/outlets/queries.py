"""What is read of outlets, and who manages which. The list is public: shoppers look for them."""

from collections.abc import Iterable
from datetime import date
from uuid import UUID

from sqlalchemy import ColumnElement, Select, or_, select, true

from marketplace import cursors
from marketplace.database import db
from marketplace.identity.actor import Actor
from marketplace.identity.memberships import check_scopes_with, name_scopes_with
from marketplace.permissions import Permission, ScopeKind
from partners.offices.queries import lies_in
from partners.outlets.errors import OutletUnknown
from partners.outlets.models import Outlet, OutletKind

LIST_ORDER: cursors.Keys = [(Outlet.name, "asc"), (Outlet.id, "asc")]


def manageable_by(actor: Actor) -> ColumnElement[bool]:
    """Return which outlets the actor operates; the platform manages all."""
    if actor.is_platform(Permission.OUTLET_WRITE):
        return true()
    return Outlet.id.in_(actor.scopes(Permission.OUTLET_WRITE, ScopeKind.OUTLET))


def get_outlet(outlet_id: UUID) -> Outlet:
    """Return an outlet, open or closed; raises ``OutletUnknown``."""
    row = db.session.get(Outlet, outlet_id)
    if row is None:
        raise OutletUnknown
    return row


def lock_outlet(actor: Actor, outlet_id: UUID) -> Outlet:
    """Return an outlet that the actor manages, locked until the transaction ends."""
    statement = select(Outlet).where(manageable_by(actor), Outlet.id == outlet_id)
    row = db.session.scalar(statement.with_for_update().execution_options(populate_existing=True))
    if row is None:
        raise OutletUnknown
    return row


def select_outlets(
    *,
    open_on: date | None = None,
    region: str | None = None,
    kind: OutletKind | None = None,
    q: str | None = None,
) -> Select[Outlet]:
    """Select outlets: open on a day, inside a region, of a kind, with words in the name."""
    statement = select(Outlet)
    if open_on is not None:
        not_closed = or_(Outlet.closed_on.is_(None), Outlet.closed_on >= open_on)
        statement = statement.where(Outlet.opened_on <= open_on, not_closed)
    if region is not None:
        statement = statement.where(lies_in(Outlet.region_code, [region]))
    if kind is not None:
        statement = statement.where(Outlet.kind == kind)
    if q is not None:
        statement = statement.where(Outlet.name.contains(q, autoescape=True))
    return statement


def select_mine(actor: Actor) -> Select[Outlet]:
    """Select the outlets that the actor operates."""
    own = actor.scopes(Permission.OUTLET_READ, ScopeKind.OUTLET)
    return select(Outlet).where(Outlet.id.in_(own))


def outlet_exists(outlet_id: UUID) -> bool:
    """Tell whether an outlet has this id (memberships point here without a foreign key)."""
    return db.session.scalar(select(Outlet.id).where(Outlet.id == outlet_id)) is not None


def find_names(outlet_ids: Iterable[UUID]) -> dict[UUID, str]:
    """Return the names of outlets by id, whatever their state."""
    statement = select(Outlet.id, Outlet.name).where(Outlet.id.in_(outlet_ids))
    return {row.id: row.name for row in db.session.execute(statement)}


check_scopes_with(ScopeKind.OUTLET, outlet_exists)
name_scopes_with(ScopeKind.OUTLET, find_names)
